/** A message as one customer would get it, asked again a moment after it last changed. */

import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { api, unwrap } from '../../api/client';
import type { Failure } from '../../api/failure';
import type { components } from '../../api/schema';
import type { Trouble } from '../problems';
import type { Fields, Schema } from '../schema';

export type Message = components['schemas']['Message'];

const WAIT_MS = 500;
/** The rendered page is gone after ten minutes. */
const FRESH_MS = 5 * 60_000;
const NONE: readonly Trouble[] = [];

export interface Preview {
  /** The last message that could be rendered; `current` when it is what the fields say now. */
  message: Message | null;
  current: boolean;
  asking: boolean;
  /** What is wrong with the templates; paths begin at the step's own fields. */
  problems: readonly Trouble[];
  failure: Failure | null;
  /** Whose message: somebody else's, whoever it is, or a certain customer's. */
  another: () => void;
  showFor: (member: string) => void;
}

/** Null where there is nothing to preview: another kind of channel, or a server that cannot. */
export function usePreview(
  channel: string,
  schema: Schema | undefined,
  step: Fields,
  enabled: boolean,
): Preview | null {
  const [turn, setTurn] = useState(0);
  const held = useRef({ turn: -1, member: '' });
  /** Somebody was named: a 404 is about them. */
  const named = useRef(false);
  const last = useRef<Message | null>(null);
  const [asked] = useDebouncedValue(step, WAIT_MS);
  const complete = (schema?.required ?? []).every((name) => Boolean(asked[name]));
  const { data, error, isFetching, isPlaceholderData } = useQuery<Message, Failure>({
    queryKey: ['message', channel, asked, turn],
    queryFn: async ({ signal }) => {
      // The same customer while one writes; another one only when asked for.
      const member_id = held.current.turn === turn ? held.current.member : null;
      const body = { channel, step: asked, member_id };
      const message = await unwrap(api.POST('/api/v1/messages/preview', { body, signal }));
      held.current = { turn, member: message.member_id };
      return message;
    },
    enabled: enabled && complete,
    placeholderData: keepPreviousData,
    staleTime: FRESH_MS,
    gcTime: FRESH_MS,
    retry: false,
    refetchOnWindowFocus: false,
  });
  if (data) last.current = data;
  if (!enabled || error?.status === 405 || (error?.status === 404 && !named.current)) return null;
  const moving = asked !== step;
  return {
    message: last.current,
    current: complete && !error && !moving && !isPlaceholderData,
    asking: isFetching,
    problems: error && !moving ? error.problems.map((each) => ({ ...each, path: each.path.slice(1) })) : NONE,
    failure: error,
    another: () => {
      named.current = false;
      setTurn((old) => old + 1);
    },
    showFor: (member) => {
      named.current = true;
      held.current = { turn: turn + 1, member };
      setTurn(turn + 1);
    },
  };
}
