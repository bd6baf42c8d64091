/** A form's own copy of a value: typing is instant, the rest of the page hears of it a moment later. */

import { useCallback, useEffect, useRef, useState } from 'react';

const COMMIT_MS = 150;

interface Draft<Value> {
  value: Value;
  change: (value: Value) => void;
  /** Tell now what has not been told yet: on leaving a field. */
  flush: () => void;
}

export function useDraft<Value>(outside: Value, commit: (value: Value) => void): Draft<Value> {
  const [value, setValue] = useState(outside);
  const told = useRef(outside);
  const waiting = useRef<{ value: Value; timer: number } | null>(null);
  const tell = useRef(commit);
  tell.current = commit;

  const flush = useCallback(() => {
    const held = waiting.current;
    if (!held) return;
    clearTimeout(held.timer);
    waiting.current = null;
    if (same(held.value, told.current)) return;
    told.current = held.value;
    tell.current(held.value);
  }, []);

  const change = useCallback(
    (next: Value) => {
      if (waiting.current) clearTimeout(waiting.current.timer);
      waiting.current = { value: next, timer: window.setTimeout(flush, COMMIT_MS) };
      setValue(next);
    },
    [flush],
  );

  // Undo, or somebody else: what changed outside replaces what is here. One's own words coming back do not.
  useEffect(() => {
    if (same(outside, told.current)) return;
    if (waiting.current) clearTimeout(waiting.current.timer);
    waiting.current = null;
    told.current = outside;
    setValue(outside);
  }, [outside]);

  useEffect(() => flush, [flush]);
  return { value, change, flush };
}

function same(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
