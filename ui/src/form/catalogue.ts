/** What this server can do, asked once: kinds of steps with their forms, channels, connections, columns. */

import { useQuery } from '@tanstack/react-query';
import { catalogueQuery } from '../api/drafting';
import type { components } from '../api/schema';
import type { Schema } from './schema';

type Schemas = components['schemas'];

export type Catalogue = Schemas['Catalogue'];
export type Sources = Schemas['SourceList'];
export type Column = Schemas['SourceColumn'];
export type Channel = Schemas['ChannelKind'];

export function useCatalogue(): Catalogue | undefined {
  return useQuery(catalogueQuery).data;
}

/** The form of a kind of step. */
export function schemaOf(catalogue: Catalogue, type: string): Schema | undefined {
  return catalogue.nodes.find((node) => node.type === type)?.schema as Schema | undefined;
}
