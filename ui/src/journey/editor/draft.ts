/** The draft: the document that is edited, with the way back through every edit and what each was called. */

import { temporal } from 'zundo';
import { createStore } from 'zustand/vanilla';
import type { Journey } from '../../api/types';

/** Edits of one field closer together than this are one edit. */
const MERGE_MS = 800;
const STEPS_BACK = 200;

interface DraftState {
  document: Journey;
  /** What the edit that led here is called; empty: nothing was edited yet. */
  intent: string;
}

export interface Draft extends ReturnType<typeof createDraft> {}

/** An entry of the history: how many edits back (negative) or forward it is. */
export interface HistoryEntry {
  intent: string;
  offset: number;
}

export function createDraft(document: Journey, clock: () => number = () => performance.now()) {
  const merge = { field: '', at: 0, next: '' };
  const store = createStore<DraftState>()(
    temporal((): DraftState => ({ document, intent: '' }), {
      limit: STEPS_BACK,
      equality: (before, after) => before.document === after.document,
      handleSet: (keep) => (before, replace, after, delta) => {
        const now = clock();
        const same = merge.next !== '' && merge.next === merge.field && now - merge.at < MERGE_MS;
        merge.field = merge.next;
        merge.at = now;
        const { pastStates } = store.temporal.getState();
        if (!same || pastStates.length === 0) {
          const keepAll = keep as (...all: unknown[]) => void;
          keepAll(before, replace, after, delta);
        }
      },
    }),
  );
  const jump = (offset: number) => {
    merge.field = '';
    const { undo, redo } = store.temporal.getState();
    if (offset < 0) undo(-offset);
    if (offset > 0) redo(offset);
  };
  return {
    store,
    history: store.temporal,
    document: () => store.getState().document,
    /** Change the document under a name; edits with the same `field` in quick succession become one. */
    edit(intent: string, change: (document: Journey) => Journey, field = ''): boolean {
      const next = change(store.getState().document);
      if (next === store.getState().document) return false;
      merge.next = field;
      store.setState({ document: next, intent });
      return true;
    },
    undo: () => jump(-1),
    redo: () => jump(1),
    jump,
    /** Begin anew from a document; there is no way back from it. */
    reset(next: Journey): void {
      store.temporal.getState().pause();
      store.setState({ document: next, intent: '' });
      store.temporal.getState().resume();
      store.temporal.getState().clear();
      merge.field = '';
    },
  };
}

/** All edits, the oldest first; the one with offset 0 is the last that was made. */
export function historyOf(draft: Draft): HistoryEntry[] {
  const { pastStates, futureStates } = draft.history.getState();
  const past = pastStates.map((state, i) => ({ intent: state.intent ?? '', offset: i - pastStates.length }));
  const now = { intent: draft.store.getState().intent, offset: 0 };
  const future = futureStates.toReversed().map((state, i) => ({ intent: state.intent ?? '', offset: i + 1 }));
  return [...past, now, ...future];
}
