/** How many a rule holds for, asked again a moment after it last changed; an older question is called off. */

import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { Failure } from '../../api/failure';
import type { Trouble } from '../../form/problems';
import { gaps, looksBack } from '../gaps';
import { askPreview, type Preview, problemsIn } from '../queries';
import type { Rule } from '../rule';

/** Shorter than the pause between two keys of most people: a question too many is called off, in the lakehouse too. */
const WAIT_MS = 60;
const FRESH_MS = 60_000;

/** `idle`: the rule cannot be counted, because it is not complete or looks back to an entry. */
export type ReachState = 'idle' | 'incomplete' | 'asking' | 'known' | 'failed';

export interface Reach {
  state: ReachState;
  /** The last answer; it may be of an older rule while a new one is asked about. */
  preview: Preview | null;
  /** It answers the rule as it is now. */
  current: boolean;
  /** When it was counted, in ms. */
  at: number;
  failure: Failure | null;
  problems: readonly Trouble[];
  again: () => void;
}

const NONE: readonly Trouble[] = [];

export function useReach(rule: Rule, enabled = true): Reach {
  const [asked] = useDebouncedValue(rule, WAIT_MS);
  const complete = useMemo(() => gaps(asked).length === 0, [asked]);
  const countable = !looksBack(asked);
  const { data, error, isFetching, isPlaceholderData, dataUpdatedAt, refetch } = useQuery<Preview, Failure>({
    queryKey: ['reach', asked],
    queryFn: ({ signal }) => askPreview({ rule: asked }, signal),
    enabled: enabled && complete && countable,
    placeholderData: keepPreviousData,
    staleTime: FRESH_MS,
    gcTime: FRESH_MS,
    refetchOnWindowFocus: false,
  });
  const moving = asked !== rule;
  const problems = useMemo(
    () => (error && !moving ? problemsIn(error, asked) : NONE),
    [error, asked, moving],
  );
  return {
    state: stateOf({ countable, complete, failed: Boolean(error), asking: isFetching || moving }),
    preview: data ?? null,
    current: complete && countable && !error && !moving && !isFetching && !isPlaceholderData,
    at: dataUpdatedAt,
    failure: error,
    problems,
    again: () => void refetch(),
  };
}

interface Facts {
  countable: boolean;
  complete: boolean;
  failed: boolean;
  asking: boolean;
}

function stateOf({ countable, complete, failed, asking }: Facts): ReachState {
  if (!countable) return 'idle';
  if (!complete) return 'incomplete';
  if (asking) return 'asking';
  return failed ? 'failed' : 'known';
}
