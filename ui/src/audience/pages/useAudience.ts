/** An audience while it is edited: what is saved, what is not yet, and what came in between. */

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import type { Failure } from '../../api/failure';
import type { Trouble } from '../../form/problems';
import { type Audience, audiencesKey, createAudience, problemsIn, saveAudience } from '../queries';
import { type Rule, readRule } from '../rule';

export interface Draft {
  name: string;
  rule: Rule;
}

export interface Editing {
  draft: Draft;
  change: (changes: Partial<Draft>) => void;
  /** There is something to save. */
  dirty: boolean;
  saving: boolean;
  failure: Failure | null;
  problems: readonly Trouble[];
  save: () => void;
  /** What somebody else saved meanwhile; then it is theirs or ours. */
  theirs: Audience | null;
  takeTheirs: () => void;
  keepOurs: () => void;
}

const NONE: readonly Trouble[] = [];

/** `saved` is null for a new audience, which begins as `start`. */
export function useAudience(
  saved: Audience | null,
  start: Draft,
  onSaved: (audience: Audience) => void,
): Editing {
  const client = useQueryClient();
  const [base, setBase] = useState(saved);
  const [draft, setDraft] = useState(saved ? draftOf(saved) : start);
  const [told, setTold] = useState(true);
  const before = useMemo(() => (base ? draftOf(base) : start), [base, start]);
  const dirty = !same(draft, before);
  const saving = useMutation<Audience, Failure, { draft: Draft; revision: number | null }>({
    mutationFn: ({ draft: { name, rule }, revision }) =>
      base && revision !== null
        ? saveAudience(base.id, name.trim(), rule, revision)
        : createAudience(name.trim(), rule),
    onSuccess: (audience) => {
      setBase(audience);
      client.setQueryData([...audiencesKey, audience.id], audience);
      void client.invalidateQueries({ queryKey: audiencesKey, exact: true });
      onSaved(audience);
    },
  });
  // Saved elsewhere, and nothing changed here: what is shown follows.
  useEffect(() => {
    if (!saved || dirty || (base && saved.revision <= base.revision)) return;
    setBase(saved);
    setDraft(draftOf(saved));
  }, [saved, dirty, base]);
  const failure = told ? saving.error : null;
  const theirs =
    failure?.code === 'stale' || failure?.status === 412 ? (failure.current as Audience | null) : null;
  const problems = useMemo(() => (failure ? problemsIn(failure, draft.rule) : NONE), [failure, draft.rule]);
  const send = (revision: number | null) => {
    setTold(true);
    saving.mutate({ draft, revision });
  };
  return {
    draft,
    change: (changes) => {
      // What a refused save complained about may be put right by this.
      if (!theirs) setTold(false);
      setDraft((old) => ({ ...old, ...changes }));
    },
    dirty,
    saving: saving.isPending,
    failure,
    problems,
    save: () => send(base?.revision ?? null),
    theirs,
    takeTheirs: () => {
      if (!theirs) return;
      setBase(theirs);
      setDraft(draftOf(theirs));
      client.setQueryData([...audiencesKey, theirs.id], theirs);
      saving.reset();
    },
    keepOurs: () => theirs && send(theirs.revision),
  };
}

export function draftOf(audience: Audience): Draft {
  return { name: audience.name, rule: readRule(audience.rule) };
}

function same(a: Draft, b: Draft): boolean {
  return a.name === b.name && JSON.stringify(a.rule) === JSON.stringify(b.rule);
}
