/** What the pages ask the server, how often, and under which keys the answers are kept. */

import {
  keepPreviousData,
  queryOptions,
  type UseMutationOptions,
  useMutation,
  useQueryClient,
} from '@tanstack/react-query';
import { api, unwrap } from './client';
import { asFailure, type Failure } from './failure';
import type { components } from './schema';
import type { Drawing, JourneyDetail, JourneyRow, Report, Run } from './types';

type PublishFacts = components['schemas']['PublishFacts'];

const LIST_EVERY_MS = 5_000;
const DETAIL_EVERY_MS = 10_000;

export const keys = {
  journeys: ['journeys'] as const,
  journey: (id: string) => ['journey', id] as const,
  version: (id: string, version: number) => ['version', id, version] as const,
  report: (id: string) => ['report', id] as const,
  run: (id: string) => ['run', id] as const,
};

/** All journeys, refreshed lightly while the page is looked at. */
export const journeysQuery = queryOptions<JourneyRow[], Failure>({
  queryKey: keys.journeys,
  queryFn: async ({ signal }) =>
    (await unwrap(api.GET('/api/v1/journeys', { signal }))).items as JourneyRow[],
  refetchInterval: LIST_EVERY_MS,
});

/** One journey with its draft. */
export function journeyQuery(id: string) {
  return queryOptions<JourneyDetail, Failure>({
    queryKey: keys.journey(id),
    queryFn: async ({ signal }) =>
      (await unwrap(api.GET('/api/v1/journeys/{id}', { params: { path: { id } }, signal }))) as JourneyDetail,
    refetchInterval: DETAIL_EVERY_MS,
  });
}

/** A published version's drawing; it never changes. */
export function versionQuery(id: string, version: number) {
  return queryOptions<Drawing, Failure>({
    queryKey: keys.version(id, version),
    queryFn: async ({ signal }) => {
      const params = { path: { id, n: version } };
      return (await unwrap(api.GET('/api/v1/journeys/{id}/versions/{n}', { params, signal }))) as Drawing;
    },
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: keepPreviousData,
  });
}

/** The counts of a journey's run; `every` is how often to ask while nothing sends them. */
export function reportQuery(id: string, every: number | false) {
  return queryOptions<Report, Failure>({
    queryKey: keys.report(id),
    queryFn: async ({ signal }) =>
      (await unwrap(api.GET('/api/v1/journeys/{id}/report', { params: { path: { id } }, signal }))) as Report,
    refetchInterval: every,
  });
}

/** A journey's run, for the link to its workflow. */
export function runQuery(id: string) {
  return queryOptions<Run, Failure>({
    queryKey: keys.run(id),
    queryFn: async ({ signal }) =>
      (await unwrap(api.GET('/api/v1/journeys/{id}/run', { params: { path: { id } }, signal }))) as Run,
    staleTime: 60_000,
  });
}

/** Who is inside the running version, and at which of its steps that the draft deletes; `revision` is the draft's. */
export function publishFactsQuery(id: string, revision: number) {
  return queryOptions<PublishFacts, Failure>({
    queryKey: ['publish-facts', id, revision],
    queryFn: ({ signal }) =>
      unwrap(api.GET('/api/v1/journeys/{id}/publish-facts', { params: { path: { id } }, signal })),
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
}

/** A running journey goes on with its newest version. */
export async function adoptVersion(
  id: string,
  people: 'pin' | 'move',
  targets: Record<string, string | null>,
): Promise<Run> {
  const params = { path: { id } };
  return (await unwrap(
    api.POST('/api/v1/journeys/{id}/adopt', { params, body: { people, targets } }),
  )) as Run;
}

export type RunAction = 'start' | 'pause' | 'resume' | 'stop';

async function act(id: string, action: RunAction): Promise<Run> {
  const params = { path: { id } };
  switch (action) {
    case 'start':
      return (await unwrap(api.POST('/api/v1/journeys/{id}/start', { params, body: {} }))) as Run;
    case 'pause':
      return (await unwrap(api.POST('/api/v1/journeys/{id}/pause', { params }))) as Run;
    case 'resume':
      return (await unwrap(api.POST('/api/v1/journeys/{id}/resume', { params }))) as Run;
    case 'stop':
      return (await unwrap(api.POST('/api/v1/journeys/{id}/stop', { params }))) as Run;
  }
}

/** Start the newest version. */
export async function startJourney(id: string): Promise<Run> {
  return await act(id, 'start');
}

/** Start, pause, resume or stop; afterwards everything about the journey is asked anew. */
export function useRunAction(id: string) {
  const client = useQueryClient();
  const options: UseMutationOptions<Run, Failure, RunAction> = {
    mutationKey: keys.run(id),
    mutationFn: async (action) => {
      try {
        return await act(id, action);
      } catch (thrown) {
        throw asFailure(thrown);
      }
    },
    onSuccess: (run) => {
      client.setQueryData(keys.run(id), run);
      client.setQueryData<JourneyDetail>(keys.journey(id), (old) =>
        old ? { ...old, status: run.status as JourneyDetail['status'] } : old,
      );
      void client.invalidateQueries({ queryKey: keys.report(id) });
      void client.invalidateQueries({ queryKey: keys.journeys });
    },
    onSettled: () => client.invalidateQueries({ queryKey: keys.journey(id) }),
  };
  return useMutation(options);
}
