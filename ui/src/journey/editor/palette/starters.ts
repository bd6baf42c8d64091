/** The kinds of steps with settings that can already be read, so that a new step shows its ways out at once. */

import { type QueryClient, queryOptions } from '@tanstack/react-query';
import { catalogueQuery, checkDocument } from '../../../api/drafting';
import type { Failure } from '../../../api/failure';
import type { Catalogue, Journey, NodeFace, Port } from '../../../api/types';
import type { Faces } from '../check/faces';

/** A kind of step: how it looks in the palette, and what a new one is like. */
export interface Starter {
  type: string;
  title: string;
  icon: string;
  group: NodeFace['group'];
  hint: string;
  data: Record<string, unknown>;
  ports: readonly Port[];
  summary: string;
}

interface Part {
  type?: string;
  default?: unknown;
  const?: unknown;
  enum?: unknown[];
  format?: string;
  minItems?: number;
  minimum?: number;
  items?: Part;
  properties?: Record<string, Part>;
  required?: string[];
  oneOf?: Part[];
  anyOf?: Part[];
  $ref?: string;
  $defs?: Record<string, Part>;
  'x-widget'?: string;
}

/** The first settings of a kind of step: its defaults, and a sensible beginning for all it needs. */
export function firstData(
  schema: unknown,
  catalogue: Pick<Catalogue, 'connections'>,
): Record<string, unknown> {
  const root = schema as Part;
  const data: Record<string, unknown> = {};
  for (const [name, part] of Object.entries(root.properties ?? {})) {
    const known = part.default;
    if (root.required?.includes(name)) data[name] = known ?? first(part, root);
    else if (widget(part) === 'channel' && known !== undefined) data[name] = known;
  }
  return connected(data, root, catalogue);
}

/** What a connection is asked for begins with the first one of its channel. */
function connected(
  data: Record<string, unknown>,
  root: Part,
  { connections }: Pick<Catalogue, 'connections'>,
): Record<string, unknown> {
  const asking = (kind: string) =>
    Object.keys(data).find((name) => widget(root.properties?.[name] ?? {}) === kind);
  const [channel, connection] = [asking('channel'), asking('connection')];
  if (connection === undefined || data[connection]) return data;
  const usable = connections.filter((each) => channel === undefined || each.channel === data[channel]);
  return { ...data, [connection]: usable[0]?.name ?? '' };
}

function widget(part: Part): string {
  return (part['x-widget'] ?? '').split(':')[0] ?? '';
}

function first(part: Part, root: Part): unknown {
  if (part.$ref) return first(root.$defs?.[part.$ref.split('/').at(-1) ?? ''] ?? {}, root);
  if (widget(part) === 'rule') return { kind: 'all', of: [] };
  if (part.default !== undefined) return part.default;
  if (part.const !== undefined) return part.const;
  if (part.enum) return part.enum[0];
  if (part.format === 'duration') return 'P1D';
  if (part.type === 'array') return entries(part, root);
  const choice = part.oneOf?.[0] ?? part.anyOf?.[0];
  if (choice) return first(choice, root);
  return plainFirst(part, root);
}

function plainFirst(part: Part, root: Part): unknown {
  switch (part.type) {
    case 'object':
      return Object.fromEntries(
        (part.required ?? []).map((name) => [name, first(part.properties?.[name] ?? {}, root)]),
      );
    case 'number':
    case 'integer':
      return part.minimum ?? 0;
    case 'boolean':
      return false;
    default:
      return '';
  }
}

/** As many entries as there must be; those with an id are named A, B, …, and share a weight evenly. */
function entries(part: Part, root: Part): unknown[] {
  const count = part.minItems ?? 0;
  return Array.from({ length: count }, (_, index) => {
    const entry = first(part.items ?? {}, root);
    if (typeof entry !== 'object' || entry === null || !('id' in entry)) return entry;
    const letter = String.fromCharCode(97 + index);
    const named: Record<string, unknown> = { ...entry, id: letter };
    if ('label' in entry) named.label = letter.toUpperCase();
    if ('weight' in entry) named.weight = 100 / count;
    return named;
  });
}

/** One step of every kind as a document, for the server to say how they look. */
export function sampler(catalogue: Catalogue): Journey {
  return {
    schema_version: 1,
    name: 'Kinds of steps',
    description: '',
    settings: {},
    notes: [],
    nodes: catalogue.nodes.map((kind) => ({
      id: idOf(kind.type),
      type: kind.type,
      name: '',
      data: firstData(kind.schema, catalogue),
    })),
    edges: [],
  };
}

function idOf(type: string): string {
  return `k_${type.replaceAll(/[^A-Za-z0-9_-]/g, '_')}`.slice(0, 64);
}

const GROUPS: readonly NodeFace['group'][] = ['start', 'action', 'path', 'end'];

/** The kinds of steps by group, each with what a new one is like; its ways out once the server has read it. */
export function startersOf(
  catalogue: Catalogue,
  document: Journey = sampler(catalogue),
  faces: Faces = {},
): Starter[] {
  const found = catalogue.nodes.map(({ type, title, icon, hint, group }, index) => {
    const node = document.nodes[index] as Journey['nodes'][number];
    const { ports = [], summary = '' } = faces[node.id] ?? {};
    return { type, title, icon, hint, group: group as NodeFace['group'], data: node.data, ports, summary };
  });
  return found.sort((a, b) => GROUPS.indexOf(a.group) - GROUPS.indexOf(b.group));
}

export function startersQuery(client: QueryClient) {
  return queryOptions<Starter[], Failure>({
    queryKey: ['starters'],
    queryFn: async ({ signal }) => {
      const catalogue = await client.ensureQueryData(catalogueQuery);
      const document = sampler(catalogue);
      const { faces } = await checkDocument(document, signal);
      return startersOf(catalogue, document, faces);
    },
    staleTime: 5 * 60_000,
  });
}
