/** Undo, redo, and which edits become one. */

import { expect, test } from 'vitest';
import type { Journey } from '../../api/types';
import { addStep, GROUND, renameStep } from '../graph/ops';
import { createDraft, historyOf } from './draft';

const empty: Journey = {
  schema_version: 1,
  name: 'Test',
  description: '',
  settings: {},
  notes: [],
  nodes: [],
  edges: [],
};
const WAIT = { type: 'wait', data: {}, out: 'next' };

function drafting() {
  let now = 0;
  const draft = createDraft(empty, () => now);
  return {
    draft,
    pass: (ms: number) => {
      now += ms;
    },
    add: (intent = 'Add Wait') => draft.edit(intent, (document) => addStep(document, WAIT, GROUND).document),
    rename: (name: string) =>
      draft.edit('Rename step', (document) => renameStep(document, 'wait', name), 'name of wait'),
  };
}

test('150 edits can all be undone to the very same document, and redone', () => {
  const { draft, add } = drafting();
  for (let i = 0; i < 150; i += 1) add();
  const full = draft.document();
  for (let i = 0; i < 150; i += 1) draft.undo();
  expect(draft.document()).toBe(empty);
  draft.undo();
  expect(draft.document()).toBe(empty);
  for (let i = 0; i < 150; i += 1) draft.redo();
  expect(draft.document()).toBe(full);
});

test('typing in one field is one edit until there is a pause', () => {
  const { draft, add, rename, pass } = drafting();
  add();
  for (const name of ['P', 'Pa', 'Pau', 'Paus', 'Pause']) {
    rename(name);
    pass(100);
  }
  expect(draft.history.getState().pastStates).toHaveLength(2);
  pass(900);
  rename('Pauses');
  expect(draft.history.getState().pastStates).toHaveLength(3);
  draft.undo();
  expect(draft.document().nodes[0]?.name).toBe('Pause');
  draft.undo();
  expect(draft.document().nodes[0]?.name).toBe('');
});

test('typing after an undo is an edit of its own', () => {
  const { draft, add, rename } = drafting();
  add();
  rename('A');
  draft.undo();
  rename('B');
  draft.undo();
  expect(draft.document().nodes[0]?.name).toBe('');
});

test('an edit that changes nothing leaves no trace', () => {
  const { draft } = drafting();
  expect(draft.edit('Nothing', (document) => document)).toBe(false);
  expect(draft.history.getState().pastStates).toHaveLength(0);
});

test('the history names every edit and leads to each', () => {
  const { draft, add } = drafting();
  add('Add first');
  add('Add second');
  add('Add third');
  draft.undo();
  expect(historyOf(draft)).toEqual([
    { intent: '', offset: -2 },
    { intent: 'Add first', offset: -1 },
    { intent: 'Add second', offset: 0 },
    { intent: 'Add third', offset: 1 },
  ]);
  draft.jump(-2);
  expect(draft.document()).toBe(empty);
  draft.jump(3);
  expect(draft.document().nodes).toHaveLength(3);
});

test('a document taken over from elsewhere begins a new history', () => {
  const { draft, add } = drafting();
  add();
  draft.reset({ ...empty, name: 'Theirs' });
  draft.undo();
  expect(draft.document().name).toBe('Theirs');
});
