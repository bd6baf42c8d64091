/** A connection while it is edited: what is saved, what is not yet, what the provider says, what came in between. */

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import type { Failure } from '../api/failure';
import type { Trouble } from '../form/problems';
import type { Fields, Schema } from '../form/schema';
import {
  type Check,
  type ConnectionDetail,
  catalogueKey,
  connectionsKey,
  createConnection,
  saveConnection,
  sent,
  testSettings,
} from './queries';

export interface Draft {
  name: string;
  settings: Fields;
}

export interface Editing {
  draft: Draft;
  change: (changes: Partial<Draft>) => void;
  dirty: boolean;
  save: () => void;
  saving: boolean;
  test: () => void;
  testing: boolean;
  /** What the provider says to what is in the form now. */
  answer: Check | null;
  /** Why nothing was saved, when that is no problem of a field. */
  failure: Failure | null;
  /** By the field: of `name`, and of `settings`. */
  problems: readonly Trouble[];
  theirs: ConnectionDetail | null;
  takeTheirs: () => void;
  keepOurs: () => void;
}

/** `saved` is null for a new connection, which begins with `start`. */
export function useConnection(
  saved: ConnectionDetail | null,
  channel: string,
  schema: Schema,
  start: Draft,
  onSaved: (connection: ConnectionDetail) => void,
): Editing {
  const client = useQueryClient();
  const [base, setBase] = useState(saved);
  const [draft, setDraft] = useState(saved ? draftOf(saved) : start);
  const latest = useRef(draft);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [answer, setAnswer] = useState<Check | null>(null);
  const show = (next: Draft) => {
    latest.current = next;
    setDraft(next);
  };
  const take = (connection: ConnectionDetail) => {
    setBase(connection);
    show(draftOf(connection));
    setFailure(null);
    client.setQueryData([...connectionsKey, connection.name], connection);
  };
  const saving = useMutation<ConnectionDetail, Failure, number | null>({
    mutationFn: (revision) => {
      const { name, settings } = latest.current;
      const given = sent(settings, schema);
      return base
        ? saveConnection(base.name, given, revision ?? 0)
        : createConnection(name.trim(), channel, given);
    },
    onError: setFailure,
    onSuccess: (connection) => {
      take(connection);
      void client.invalidateQueries({ queryKey: connectionsKey, exact: true });
      void client.invalidateQueries({ queryKey: catalogueKey });
      onSaved(connection);
    },
  });
  const testing = useMutation<Pick<Check, 'text' | 'remarks'>, Failure, void>({
    mutationFn: () => testSettings(base?.name ?? null, channel, sent(latest.current.settings, schema)),
    onSuccess: (said) => setAnswer({ ...said, ok: true, at: new Date().toISOString() }),
    onError: (refused) => {
      if (refused.problems.length > 0) setFailure(refused);
      else {
        const text = `${refused.message} ${refused.fix}`;
        setAnswer({ ok: false, text, remarks: [], at: new Date().toISOString() });
      }
    },
  });
  // Saved elsewhere, and nothing changed here: what is shown follows.
  const dirty = !same(draft, base ? draftOf(base) : start);
  useEffect(() => {
    if (saved && base && !dirty && (saved.revision ?? 0) > (base.revision ?? 0)) setBase(saved);
  }, [saved, base, dirty]);
  const theirs = failure?.status === 412 ? (failure.current as ConnectionDetail) : null;
  return {
    draft,
    change: (changes) => {
      setFailure((old) => (old?.status === 412 ? old : null));
      setAnswer(null);
      show({ ...latest.current, ...changes });
    },
    dirty,
    save: () => saving.mutate(base?.revision ?? null),
    saving: saving.isPending,
    test: () => {
      setFailure(null);
      testing.mutate();
    },
    testing: testing.isPending,
    answer,
    failure,
    problems: failure?.problems ?? [],
    theirs,
    takeTheirs: () => theirs && take(theirs),
    keepOurs: () => theirs && saving.mutate(theirs.revision),
  };
}

function draftOf(connection: ConnectionDetail): Draft {
  return { name: connection.name, settings: connection.settings };
}

function same(a: Draft, b: Draft): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
