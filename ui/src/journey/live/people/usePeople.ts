/** Pages of the people at a step, and the columns somebody likes to see of them. */

import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, unwrap } from '../../../api/client';
import type { Failure } from '../../../api/failure';
import type { components } from '../../../api/schema';
import type { Sources } from '../../../form/catalogue';

type Schemas = components['schemas'];
export type Presence = Schemas['PeopleRequest']['state'];
export type Person = Schemas['Person'];
type Page = Schemas['PeoplePage'];
type After = Schemas['After'] | null;

export const MOST_COLUMNS = 12;
const PAGE = 50;
const KEY = 'sojourn-people-columns';

export interface Wanted {
  node: string;
  state: Presence;
  reason: string | null;
}

/** Contacts are never asked for. */
export function usePeople(journey: string, wanted: Wanted, columns: readonly string[]) {
  return useInfiniteQuery<Page, Failure, { pages: Page[] }, readonly unknown[], After>({
    queryKey: ['people', journey, wanted, columns],
    queryFn: ({ pageParam: after, signal }) =>
      unwrap(
        api.POST('/api/v1/journeys/{id}/people', {
          params: { path: { id: journey } },
          body: { ...wanted, columns: [...columns], show_contacts: false, after, limit: PAGE },
          signal,
        }),
      ),
    initialPageParam: null,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
    refetchOnWindowFocus: false,
    gcTime: 60_000,
  });
}

/** The chosen columns, kept on this machine; at first two that say something about a customer. */
export function useColumns(sources: Sources | undefined) {
  const [chosen, setChosen] = useState(kept);
  const columns = chosen ?? (sources ? first(sources) : []);
  const choose = (next: string[]) => {
    setChosen(next);
    try {
      localStorage.setItem(KEY, JSON.stringify(next));
    } catch {
      // No storage: they hold until the page is left.
    }
  };
  return [columns, choose] as const;
}

function kept(): string[] | null {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(KEY) ?? 'null');
    return Array.isArray(found) ? found.filter((each) => typeof each === 'string') : null;
  } catch {
    return null;
  }
}

function first({ customers }: Sources): string[] {
  return customers.columns
    .filter((column) => !column.contact && column.name !== customers.key)
    .slice(0, 2)
    .map((column) => column.name);
}
