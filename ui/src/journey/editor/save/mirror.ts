/** The unsaved draft kept in this browser until the server has it. */

import type { Journey } from '../../../api/types';

export interface Mirrored {
  /** The revision it was drawn on. */
  revision: number;
  document: Journey;
  at: number;
}

/** Each tab writes under its own key, so that two tabs never lose each other's draft. */
export interface Mirror {
  write: (kept: Mirrored) => void;
  clear: () => void;
  /** What this tab left, or what a tab that is closed by now did. */
  find: () => Mirrored | null;
}

const PREFIX = 'sojourn-draft';
/** A tab that is still open renews its copy more often than this. */
const ABANDONED_MS = 30_000;

export function openMirror(
  id: string,
  storage: Storage = localStorage,
  now: () => number = Date.now,
): Mirror {
  const own = `${PREFIX}:${id}:${tabName()}`;
  return {
    write: (kept) => quietly(() => storage.setItem(own, JSON.stringify(kept))),
    clear: () => quietly(() => storage.removeItem(own)),
    find: () => quietly(() => take(storage, own, `${PREFIX}:${id}:`, now())) ?? null,
  };
}

function take(storage: Storage, own: string, prefix: string, now: number): Mirrored | null {
  const mine = read(storage.getItem(own));
  if (mine) return mine;
  const keys = Array.from({ length: storage.length }, (_, i) => storage.key(i) ?? '');
  const left = keys
    .filter((key) => key.startsWith(prefix))
    .flatMap((key) => {
      const kept = read(storage.getItem(key));
      return kept && now - kept.at > ABANDONED_MS ? [{ key, kept }] : [];
    })
    .sort((a, b) => b.kept.at - a.kept.at)[0];
  if (!left) return null;
  storage.setItem(own, JSON.stringify({ ...left.kept, at: now }));
  storage.removeItem(left.key);
  return left.kept;
}

function read(text: string | null): Mirrored | null {
  if (!text) return null;
  try {
    const kept = JSON.parse(text) as Partial<Mirrored>;
    const whole = Array.isArray(kept.document?.nodes) && typeof kept.revision === 'number';
    return whole && typeof kept.at === 'number' ? (kept as Mirrored) : null;
  } catch {
    return null;
  }
}

/** The same for as long as the tab is open, reloads included. */
function tabName(): string {
  return (
    quietly(() => {
      const known = sessionStorage.getItem(PREFIX);
      if (known) return known;
      const name = Math.random().toString(36).slice(2, 10);
      sessionStorage.setItem(PREFIX, name);
      return name;
    }) ?? 'tab'
  );
}

/** A browser that keeps nothing must not stop anybody from drawing. */
function quietly<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
