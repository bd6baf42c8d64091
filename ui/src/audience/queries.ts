/** What the audience pages ask the server. */

import { queryOptions } from '@tanstack/react-query';
import { api, unwrap } from '../api/client';
import { type Failure, failureOf } from '../api/failure';
import type { components } from '../api/schema';
import type { Trouble } from '../form/problems';
import type { Rule } from './rule';

type Schemas = components['schemas'];

export type Audience = Schemas['Audience'];
export type AudienceDetail = Schemas['AudienceDetail'];
export type AudienceUse = Schemas['AudienceUse'];
export type Size = Schemas['AudienceSize'];
export type Preview = Schemas['Preview'];
type AskedRule = Schemas['PreviewRequest']['rule'];

export const audiencesKey = ['audiences'] as const;

export const audiencesQuery = queryOptions<Audience[], Failure>({
  queryKey: audiencesKey,
  queryFn: async ({ signal }) => (await unwrap(api.GET('/api/v1/audiences', { signal }))).items,
});

export function audienceQuery(id: string) {
  return queryOptions<AudienceDetail, Failure>({
    queryKey: [...audiencesKey, id],
    queryFn: async ({ signal }) =>
      unwrap(api.GET('/api/v1/audiences/{id}', { params: { path: { id } }, signal })),
    staleTime: Number.POSITIVE_INFINITY,
    // Who uses it may have changed since it was last open.
    refetchOnMount: 'always',
  });
}

/** How many were in it over time, the oldest first; `counted` tells when somebody counted again. */
export function sizesQuery(id: string, counted: number) {
  return queryOptions<Size[], Failure>({
    queryKey: [...audiencesKey, id, 'sizes', counted],
    queryFn: async ({ signal }) =>
      (await unwrap(api.GET('/api/v1/audiences/{id}/sizes', { params: { path: { id } }, signal }))).items,
  });
}

/** A problem's path from the rule's root: without the request's field, and without the kinds between the fields. */
export function pathInRule(path: Trouble['path'], rule: unknown): Trouble['path'] {
  const steps =
    path[0] === 'rule' && !(rule && typeof rule === 'object' && 'rule' in rule) ? path.slice(1) : path;
  const found: Trouble['path'] = [];
  let here: unknown = rule;
  for (const step of steps) {
    const part = here as Record<string | number, unknown> | null | undefined;
    if (part && typeof part === 'object' && part.kind === step && !Object.hasOwn(part, step)) continue;
    found.push(step);
    here = part && typeof part === 'object' ? part[step] : undefined;
  }
  return found;
}

interface Asked {
  rule: Rule;
  sample?: number;
  breakdown?: string | null;
}

/** How many a rule holds for; `breakdown` is the path of a column. */
export async function askPreview(
  { rule, sample = 0, breakdown = null }: Asked,
  signal?: AbortSignal,
): Promise<Preview> {
  const call = api.POST('/api/v1/audiences/preview', {
    body: { rule: rule as AskedRule, sample, breakdown, show_contacts: false },
    signal,
  });
  return unwrap(call);
}

/** Save over a revision. */
export async function saveAudience(
  id: string,
  name: string,
  rule: Rule,
  revision: number,
): Promise<Audience> {
  const params = { path: { id }, header: { 'if-match': `"${revision}"` } };
  return unwrap(api.PUT('/api/v1/audiences/{id}', { params, body: { name, rule: rule as AskedRule } }));
}

export async function createAudience(name: string, rule: Rule): Promise<Audience> {
  return unwrap(api.POST('/api/v1/audiences', { body: { name, rule: rule as AskedRule } }));
}

export async function deleteAudience(id: string): Promise<void> {
  const { response, error } = await api.DELETE('/api/v1/audiences/{id}', { params: { path: { id } } });
  if (!response.ok) throw failureOf(error, response.status);
}

/** A refused rule's problems, each with the path to its part. */
export function problemsIn(failure: Failure | null, rule: Rule): Trouble[] {
  return (failure?.problems ?? []).map((each) => ({ ...each, path: pathInRule(each.path, rule) }));
}
