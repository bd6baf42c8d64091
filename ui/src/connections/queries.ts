/** What the pages of connections ask the server. */

import { queryOptions } from '@tanstack/react-query';
import { api, unwrap } from '../api/client';
import { catalogueQuery } from '../api/drafting';
import { type Failure, failureOf } from '../api/failure';
import type { components } from '../api/schema';
import type { Channel } from '../form/catalogue';
import type { Fields, Schema } from '../form/schema';

type Schemas = components['schemas'];

export type ConnectionRow = Schemas['ConnectionRow'];
export type ConnectionDetail = Schemas['ConnectionDetail'];
export type Check = Schemas['ConnectionCheck'];

type Answer = Schemas['ConnectionAnswer'];

export const connectionsKey = ['connections'] as const;
/** Forms of steps offer connections too: this is asked anew with them. */
export const catalogueKey = catalogueQuery.queryKey;

export const connectionsQuery = queryOptions<ConnectionRow[], Failure>({
  queryKey: connectionsKey,
  queryFn: async ({ signal }) => (await unwrap(api.GET('/api/v1/connections', { signal }))).items,
});

export function connectionQuery(name: string) {
  return queryOptions<ConnectionDetail, Failure>({
    queryKey: [...connectionsKey, name],
    queryFn: async ({ signal }) =>
      unwrap(api.GET('/api/v1/connections/{name}', { params: { path: { name } }, signal })),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export async function createConnection(
  name: string,
  channel: string,
  settings: Fields,
): Promise<ConnectionDetail> {
  return unwrap(api.POST('/api/v1/connections', { body: { name, channel, settings } }));
}

/** Save over exactly the given revision. */
export async function saveConnection(
  name: string,
  settings: Fields,
  revision: number,
): Promise<ConnectionDetail> {
  const params = { path: { name }, header: { 'if-match': `"${revision}"` } };
  return unwrap(api.PUT('/api/v1/connections/{name}', { params, body: { settings } }));
}

export async function deleteConnection(name: string): Promise<void> {
  const { response, error } = await api.DELETE('/api/v1/connections/{name}', { params: { path: { name } } });
  if (!response.ok) throw failureOf(error, response.status);
}

/** Ask the provider with what is saved. */
export async function testSaved(name: string): Promise<string> {
  return (await unwrap(api.POST('/api/v1/connections/{name}/check', { params: { path: { name } } }))).text;
}

/** Ask the provider with what is not saved; secrets left out are those of the connection of that name. */
export async function testSettings(name: string | null, channel: string, settings: Fields): Promise<Answer> {
  return unwrap(api.POST('/api/v1/connections/check', { body: { name, channel, settings } }));
}

/** A channel's form, in which secrets are fields that never show what is kept. */
export function formOf(channel: Channel): Schema {
  const schema = channel.connection_schema as Schema;
  const fields = Object.entries(schema.properties ?? {}).map(([name, part]) => {
    if (!isSecret(part)) return [name, part];
    // Left alone it keeps what is kept, so it has no default to begin with.
    const { default: _, ...rest } = part;
    return [name, { ...rest, 'x-widget': 'secret' }];
  });
  return { ...schema, properties: Object.fromEntries(fields) };
}

function isSecret(part: Schema): boolean {
  return part.format === 'password' || (part.anyOf?.some(isSecret) ?? false);
}

/** What is sent of a form: secrets nobody typed are left out, and so kept. */
export function sent(settings: Fields, schema: Schema): Fields {
  const given = Object.entries(settings).filter(
    ([name, value]) =>
      value !== undefined && !(value === '' && schema.properties?.[name]?.['x-widget'] === 'secret'),
  );
  return Object.fromEntries(given);
}
