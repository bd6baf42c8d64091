/** What drawing a journey asks of the server: the kinds of steps, checks, saving, publishing. */

import { queryOptions } from '@tanstack/react-query';
import { api, unwrap } from './client';
import type { Failure } from './failure';
import type { paths } from './schema';
import type { Catalogue, CheckResult, Journey, JourneyDetail, Simulation, Template, Version } from './types';

type Rule = paths['/api/v1/audiences/preview']['post']['requestBody']['content']['application/json']['rule'];

/** The kinds of steps, channels, connections and columns there are; they change when the server is set up anew. */
export const catalogueQuery = queryOptions<Catalogue, Failure>({
  queryKey: ['catalogue'],
  queryFn: ({ signal }) => unwrap(api.GET('/api/v1/catalogue', { signal })),
  staleTime: 5 * 60_000,
});

/** Ready journeys to start from. */
export const templatesQuery = queryOptions<Template[], Failure>({
  queryKey: ['templates'],
  queryFn: async ({ signal }) => (await unwrap(api.GET('/api/v1/templates', { signal }))).items as Template[],
  staleTime: 5 * 60_000,
});

/** Every problem of a document that may not be saved yet, and how its steps look. */
export async function checkDocument(document: Journey, signal?: AbortSignal): Promise<CheckResult> {
  return (await unwrap(api.POST('/api/v1/journeys/check', { body: { document }, signal }))) as CheckResult;
}

/** Save over exactly the given revision. */
export async function saveDraft(id: string, document: Journey, revision: number): Promise<JourneyDetail> {
  return (await unwrap(
    api.PUT('/api/v1/journeys/{id}', {
      params: { path: { id }, header: { 'if-match': etag(revision) } },
      body: { document },
    }),
  )) as JourneyDetail;
}

/** The last try, while the page is being left: nobody waits for the answer. */
export function saveOnLeaving(id: string, document: Journey, revision: number): void {
  void fetch(`/api/v1/journeys/${encodeURIComponent(id)}`, {
    method: 'PUT',
    keepalive: true,
    headers: { 'Content-Type': 'application/json', 'If-Match': etag(revision) },
    body: JSON.stringify({ document }),
  }).catch(() => undefined);
}

export async function createJourney(document: Journey): Promise<JourneyDetail> {
  return (await unwrap(api.POST('/api/v1/journeys', { body: { document } }))) as JourneyDetail;
}

export async function deleteJourney(id: string): Promise<void> {
  await unwrap(
    api.DELETE('/api/v1/journeys/{id}', { params: { path: { id } } }).then((answer) => ({
      ...answer,
      data: answer.response.ok ? true : undefined,
    })),
  );
}

export async function publishJourney(id: string, note: string): Promise<Version> {
  const params = { path: { id } };
  return (await unwrap(api.POST('/api/v1/journeys/{id}/publish', { params, body: { note } }))) as Version;
}

/** What the saved draft would do from now on; it takes seconds. */
export async function simulateJourney(id: string, days: number, signal?: AbortSignal): Promise<Simulation> {
  const params = { path: { id } };
  return (await unwrap(
    api.POST('/api/v1/journeys/{id}/simulate', { params, body: { days }, signal }),
  )) as Simulation;
}

/** How many people a rule holds for now. */
export async function countPeople(
  rule: unknown,
  signal?: AbortSignal,
): Promise<{ count: number; base: number }> {
  const body = { rule: rule as Rule, sample: 0, breakdown: null, show_contacts: false };
  return await unwrap(api.POST('/api/v1/audiences/preview', { body, signal }));
}

export function peopleQuery(rule: unknown) {
  return queryOptions<{ count: number; base: number }, Failure>({
    queryKey: ['people', rule],
    queryFn: ({ signal }) => countPeople(rule, signal),
    staleTime: 30_000,
  });
}

function etag(revision: number): string {
  return `"${revision}"`;
}
