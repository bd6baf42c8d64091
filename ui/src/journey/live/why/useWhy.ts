/** What happened to one customer in a journey. Their id travels in the request's body, and is in no address. */

import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { api, unwrap } from '../../../api/client';
import type { Failure } from '../../../api/failure';
import type { components } from '../../../api/schema';

type Schemas = components['schemas'];
export type Why = Schemas['Why'];
export type Visit = Schemas['VisitStory'];
export type Stop = Schemas['Stop'];
export type Entry = Schemas['EntryStory'];
export type RulePart = Schemas['RulePart'];

export function useWhy(journey: string, member: string | null) {
  return useQuery<Why, Failure>({
    queryKey: ['why', journey, member],
    queryFn: ({ signal }) =>
      unwrap(
        api.POST('/api/v1/journeys/{id}/people/why', {
          params: { path: { id: journey } },
          body: { member_id: member ?? '', show_contacts: false },
          signal,
        }),
      ),
    enabled: member !== null,
    placeholderData: keepPreviousData,
    refetchOnWindowFocus: false,
    gcTime: 60_000,
    retry: false,
  });
}
