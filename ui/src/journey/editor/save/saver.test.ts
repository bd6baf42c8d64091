/** Nothing that was drawn is lost, whatever the server and other tabs do. */

import { beforeEach, expect, test, vi } from 'vitest';
import { awayFailure, Failure } from '../../../api/failure';
import type { Journey, JourneyDetail } from '../../../api/types';
import { renameJourney } from '../../graph/ops';
import { createDraft } from '../draft';
import { type Mirrored, openMirror } from './mirror';
import { Saver } from './saver';

const empty: Journey = {
  schema_version: 1,
  name: 'Test',
  description: '',
  settings: {},
  notes: [],
  nodes: [],
  edges: [],
};

function detailOf(document: Journey, revision: number): JourneyDetail {
  const { name } = document;
  return { id: 'j', name, status: 'draft', revision, version: null, updated_at: '', document, faces: {} };
}

/** A server with one journey. */
function rig() {
  const server = { document: empty, revision: 1, away: false, sent: 0 };
  const kept: { value: Mirrored | null } = { value: null };
  const draft = createDraft(empty);
  const saver = new Saver({
    draft,
    saved: { document: empty, revision: 1 },
    mirror: {
      write: (value) => {
        kept.value = value;
      },
      clear: () => {
        kept.value = null;
      },
      find: () => kept.value,
    },
    send: async (document, revision) => {
      server.sent += 1;
      if (server.away) throw awayFailure();
      if (revision !== server.revision)
        throw new Failure('user', 'stale', 'newer', '', 412, {
          current: detailOf(server.document, server.revision),
        });
      server.document = document;
      server.revision += 1;
      return detailOf(document, server.revision);
    },
    sendOnLeaving: (document, revision) => {
      if (revision === server.revision) {
        server.document = document;
        server.revision += 1;
      }
    },
    onSaved: () => undefined,
  });
  saver.start();
  const rename = (name: string) => draft.edit('Rename', (document) => renameJourney(document, name));
  return { server, kept, draft, saver, rename, phase: () => saver.state.getState().phase };
}

beforeEach(() => {
  vi.useFakeTimers();
});

test('one save for many quick edits, and the mirror is empty afterwards', async () => {
  const { server, kept, rename, phase } = rig();
  rename('A');
  rename('B');
  expect(phase()).toBe('waiting');
  expect(kept.value?.document.name).toBe('B');
  await vi.advanceTimersByTimeAsync(900);
  expect(phase()).toBe('saved');
  expect(server).toMatchObject({ sent: 1, revision: 2 });
  expect(server.document.name).toBe('B');
  expect(kept.value).toBeNull();
});

test('an edit while a save is under way is saved after it', async () => {
  const { server, rename, phase } = rig();
  rename('A');
  vi.advanceTimersByTime(800);
  rename('B');
  await vi.advanceTimersByTimeAsync(2_000);
  expect(server.document.name).toBe('B');
  expect(phase()).toBe('saved');
});

test('undoing to what is saved sends nothing', async () => {
  const { server, draft, rename, phase } = rig();
  rename('A');
  draft.undo();
  await vi.advanceTimersByTimeAsync(2_000);
  expect(server.sent).toBe(0);
  expect(phase()).toBe('saved');
});

test('while the server is away the draft is kept, and saved when it is back', async () => {
  const { server, kept, rename, phase } = rig();
  server.away = true;
  rename('A');
  await vi.advanceTimersByTimeAsync(900);
  expect(phase()).toBe('away');
  expect(kept.value?.document.name).toBe('A');
  server.away = false;
  await vi.advanceTimersByTimeAsync(20_000);
  expect(phase()).toBe('saved');
  expect(server.document.name).toBe('A');
});

test('a newer draft of somebody else is never overwritten by itself', async () => {
  const { server, rename, phase, saver } = rig();
  server.document = renameJourney(empty, 'Theirs');
  server.revision = 5;
  rename('Mine');
  await vi.advanceTimersByTimeAsync(900);
  expect(phase()).toBe('conflict');
  rename('Mine still');
  await vi.advanceTimersByTimeAsync(5_000);
  expect(server.document.name).toBe('Theirs');
  await saver.overwriteTheirs();
  expect(server.document.name).toBe('Mine still');
});

test('taking theirs drops mine', async () => {
  const { server, draft, kept, rename, phase, saver } = rig();
  server.document = renameJourney(empty, 'Theirs');
  server.revision = 5;
  rename('Mine');
  await vi.advanceTimersByTimeAsync(900);
  saver.takeTheirs();
  expect(draft.document().name).toBe('Theirs');
  expect(phase()).toBe('saved');
  expect(kept.value).toBeNull();
});

test('a save whose answer was lost is no conflict', async () => {
  const { server, draft, rename, phase, saver } = rig();
  rename('A');
  server.document = draft.document();
  server.revision = 2;
  await vi.advanceTimersByTimeAsync(900);
  expect(phase()).toBe('saved');
  expect(saver.revision).toBe(2);
});

test('leaving sends the last edits, and theirs is taken over when nothing was edited here', () => {
  const { server, rename, saver, draft } = rig();
  saver.meet(detailOf(renameJourney(empty, 'Theirs'), 4));
  expect(draft.document().name).toBe('Theirs');
  server.revision = 4;
  rename('Last');
  saver.leave();
  expect(server.document.name).toBe('Last');
});

test('the mirror of a closed tab is found, that of an open one is not', () => {
  const items = new Map<string, string>();
  const storage = {
    get length() {
      return items.size;
    },
    key: (i: number) => [...items.keys()][i] ?? null,
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
    removeItem: (key: string) => void items.delete(key),
    clear: () => items.clear(),
  };
  const kept = (at: number) => JSON.stringify({ revision: 1, document: empty, at });
  items.set('sojourn-draft:j:open', kept(95_000));
  expect(openMirror('j', storage, () => 100_000).find()).toBeNull();
  items.set('sojourn-draft:j:closed', kept(1_000));
  expect(openMirror('j', storage, () => 100_000).find()?.at).toBe(1_000);
  expect(items.has('sojourn-draft:j:closed')).toBe(false);
});
