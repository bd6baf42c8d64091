/** What edits promise, on known journeys and on random ones. */

import { describe, expect, test } from 'vitest';
import type { Journey } from '../../api/types';
import { changesBetween } from './changes';
import { copySteps, duplicateBranch, duplicateStep, pasteSteps, readClip } from './clip';
import { randomDag, randomSource } from './layout.fixtures';
import { addNote, notesOf, removeNote, writeNote } from './notes';
import * as ops from './ops';
import { portsOf, rewire } from './ports';
import { reachedFrom } from './reach';

const WAIT: ops.NewStep = { type: 'wait', data: { duration: 'P1D' }, out: 'next' };
const EXIT: ops.NewStep = { type: 'exit', data: {}, out: null };

function journey(ids: string[], lines: [string, string, string][]): Journey {
  return {
    schema_version: 1,
    name: 'Test',
    description: '',
    settings: {},
    notes: [],
    nodes: ids.map((id) => ({ id, type: 'wait', name: '', data: {} })),
    edges: lines.map(([source, source_port, target], i) => ({ id: `e${i}`, source, source_port, target })),
  };
}

/** Nothing an edit is given may change: undo hands the very same document back. */
function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.freeze(value);
    Object.values(value).forEach(frozen);
  }
  return value;
}

function lines(document: Journey): string[] {
  return document.edges.map((edge) => `${edge.source}.${edge.source_port}>${edge.target}`).sort();
}

const chain = frozen(
  journey(
    ['a', 'b', 'c'],
    [
      ['a', 'next', 'b'],
      ['b', 'next', 'c'],
    ],
  ),
);
const fork = frozen(
  journey(
    ['a', 's', 'y', 'n', 'end'],
    [
      ['a', 'next', 's'],
      ['s', 'yes', 'y'],
      ['s', 'no', 'n'],
      ['y', 'next', 'end'],
      ['n', 'next', 'end'],
    ],
  ),
);
const row = frozen(
  journey(
    ['in', 'a', 'b', 'c', 'd'],
    [
      ['in', 'next', 'a'],
      ['a', 'next', 'b'],
      ['b', 'next', 'c'],
      ['c', 'next', 'd'],
    ],
  ),
);
const portsIn = (id: string) => (id === 's' ? ['yes', 'no'] : id === 'end' ? [] : ['next']);

describe('adding', () => {
  test('a note is written beside a step and goes with it', () => {
    const noted = writeNote(addNote(addNote(chain, 'b'), 'c'), 'note', '<b>Why?</b>');
    expect(notesOf(noted, 'b')).toEqual([{ id: 'note', node_id: 'b', text: '<b>Why?</b>' }]);
    expect(ops.removeSteps(noted, ['b']).notes.map(({ id }) => id)).toEqual(['note_2']);
    expect(removeNote(noted, 'note_2').notes.map(({ id }) => id)).toEqual(['note']);
  });

  describe('moving several steps', () => {
    const to = (edge: string): ops.Spot => ({ kind: 'line', edge });

    test('they go in the order of the journey, and what led to them leads on', () => {
      const moved = ops.moveSteps(row, ['b', 'a'], to('e3'), portsIn) as Journey;
      expect(lines(moved)).toEqual(['a.next>b', 'b.next>d', 'c.next>a', 'in.next>c']);
      const apart = ops.moveSteps(row, ['a', 'c'], to('e1'), portsIn);
      expect(apart).toBeNull();
      expect(lines(ops.moveSteps(row, ['b', 'd'], to('e0'), portsIn) as Journey)).toEqual([
        'a.next>c',
        'b.next>d',
        'd.next>a',
        'in.next>b',
      ]);
    });

    test('a branch goes with the step it hangs on, and nothing goes behind itself', () => {
      const moved = ops.moveSteps(fork, ['n', 's'], to('e0'), portsIn);
      expect(moved).toBeNull();
      const ahead = frozen({
        ...fork,
        nodes: [...fork.nodes, { id: 'z', type: 'wait', name: '', data: {} }],
        edges: [...fork.edges, { id: 'e5', source: 'z', source_port: 'next', target: 'a' }],
      });
      const first = ops.moveSteps(ahead, ['n', 's'], to('e5'), portsIn) as Journey;
      expect(lines(first)).toEqual(['a.next>y', 'n.next>end', 's.no>n', 's.yes>a', 'y.next>end', 'z.next>s']);
      expect(ops.moveSteps(fork, ['s'], to('e4'), portsIn)).toBeNull();
    });
  });

  test('into a line, both halves go on', () => {
    const { document, id } = ops.addStep(chain, WAIT, { kind: 'line', edge: 'e0' });
    expect(id).toBe('wait');
    expect(lines(document)).toEqual(['a.next>wait', 'b.next>c', 'wait.next>b']);
    expect(document.nodes.map((node) => node.id)).toEqual(['a', 'wait', 'b', 'c']);
  });

  test('an exit in a line lets the rest go', () => {
    const { document } = ops.addStep(chain, EXIT, { kind: 'line', edge: 'e0' });
    expect(lines(document)).toEqual(['a.next>exit', 'b.next>c']);
  });

  test('at an open port, and beside the flow with a readable id', () => {
    const first = ops.addStep(chain, WAIT, { kind: 'port', source: 'c', port: 'next' }).document;
    expect(lines(first)).toContain('c.next>wait');
    const second = ops.addStep(first, WAIT, ops.GROUND);
    expect(second.id).toBe('wait_2');
    expect(second.document.edges).toEqual(first.edges);
  });
});

describe('connecting', () => {
  test('replaces the line of the port', () => {
    expect(lines(ops.connect(fork, 's', 'yes', 'end'))).toContain('s.yes>end');
    expect(ops.connect(fork, 's', 'yes', 'end').edges).toHaveLength(5);
  });

  test('refuses a circle and names it', () => {
    expect(ops.circleOf(chain, 'c', 'a')).toEqual(['c', 'a', 'b', 'c']);
    expect(ops.circleOf(chain, 'a', 'a')).toEqual(['a', 'a']);
    expect(ops.connect(chain, 'c', 'next', 'a')).toBe(chain);
  });
});

describe('removing', () => {
  test('heals what was there', () => {
    expect(lines(ops.removeSteps(chain, ['b']))).toEqual(['a.next>c']);
    expect(lines(ops.removeSteps(chain, ['c']))).toEqual(['a.next>b']);
    expect(lines(ops.removeSteps(fork, ['s', 'y'], portsIn))).toEqual(['a.next>end', 'n.next>end']);
  });
});

describe('moving', () => {
  test('heals behind and goes on in front', () => {
    const moved = ops.moveStep(fork, 'y', 'next', { kind: 'line', edge: 'e0' }, portsIn);
    expect(lines(moved)).toEqual(['a.next>y', 'n.next>end', 's.no>n', 's.yes>end', 'y.next>s']);
  });

  test('a split takes its other branches along, but not behind them', () => {
    const moved = ops.moveStep(fork, 's', 'yes', { kind: 'line', edge: 'e3' }, portsIn);
    expect(lines(moved)).toEqual(['a.next>y', 'n.next>end', 's.no>n', 's.yes>end', 'y.next>s']);
    expect(ops.moveStep(fork, 's', 'yes', { kind: 'line', edge: 'e4' }, portsIn)).toBe(fork);
  });

  test('to the lines it has already changes nothing', () => {
    expect(ops.moveStep(chain, 'b', 'next', { kind: 'line', edge: 'e0' })).toBe(chain);
    expect(ops.moveStep(chain, 'b', 'next', { kind: 'line', edge: 'e1' })).toBe(chain);
  });
});

describe('copies', () => {
  test('text goes round, other text is none', () => {
    const clip = readClip(copySteps(fork, ['s', 'y']));
    expect(clip?.nodes).toHaveLength(2);
    expect(clip?.edges).toHaveLength(1);
    for (const text of ['', 'hello', '{}', '[]', '{"kind":"sojourn/steps","nodes":[1],"edges":[]}'])
      expect(readClip(text)).toBeNull();
  });

  test('are led into a line', () => {
    const clip = readClip(copySteps(chain, ['a', 'b']));
    if (!clip) throw new Error('nothing was copied');
    const { document, ids } = pasteSteps(chain, clip, { kind: 'line', edge: 'e1' }, () => ['next']);
    expect(ids).toEqual(['a_2', 'b_2']);
    expect(lines(document)).toEqual(['a.next>b', 'a_2.next>b_2', 'b.next>a_2', 'b_2.next>c']);
  });

  test('of a branch join where the original does', () => {
    const { document, ids } = duplicateBranch(fork, 's');
    expect(ids).toEqual(['s_2', 'y_2', 'n_2', 'end_2']);
    const joined = duplicateBranch(fork, 'y');
    expect(joined.ids).toEqual(['y_2']);
    expect(lines(joined.document)).toContain('y_2.next>end');
    expect(document.edges).toHaveLength(9);
  });

  test('of a step stand right behind it', () => {
    expect(lines(duplicateStep(chain, 'b', () => ['next']).document)).toEqual([
      'a.next>b',
      'b.next>b_2',
      'b_2.next>c',
    ]);
  });
});

describe('ports that settings name', () => {
  const arms = (...ids: string[]) => ({ arms: ids.map((id) => ({ id, label: id })) });
  const named = { id: 'a', label: 'a', optional: false };
  const other = { id: 'else', label: 'Else', optional: false };

  test('stand before those that are always there', () => {
    const shape = { data: arms('a'), ports: [named, other] };
    expect(portsOf(arms('x', 'y'), undefined, shape).map((port) => port.id)).toEqual(['x', 'y', 'else']);
    expect(portsOf({}, [other], shape)).toEqual([other]);
    expect(portsOf({}, [], shape)).toEqual(shape.ports);
  });

  test('take their lines along when renamed, and with them when removed', () => {
    const edge = { id: 'e', source: 's', source_port: 'a', target: 't' };
    expect(rewire([edge], 's', arms('a', 'b'), arms('x', 'b'))).toEqual([{ ...edge, source_port: 'x' }]);
    expect(rewire([edge], 's', arms('a', 'b'), arms('b'))).toEqual([]);
    expect(rewire([edge], 's', arms('a', 'b'), arms('b', 'a'))).toEqual([edge]);
    expect(rewire([edge], 'other', arms('a'), arms('b'))).toEqual([edge]);
  });
});

test('changes are told by step', () => {
  const renamed = ops.renameStep(ops.removeSteps(fork, ['y']), 'n', 'No');
  const { document, id } = ops.addStep(renamed, WAIT, ops.GROUND);
  const changes = changesBetween(fork, document);
  expect(changes.added.map((node) => node.id)).toEqual([id]);
  expect(changes.removed.map((node) => node.id)).toEqual(['y']);
  expect(changes.changed.map((node) => node.id)).toEqual(['n']);
  expect(changes.rewired).toBe(true);
  expect(changesBetween(fork, structuredClone(fork))).toMatchObject({
    added: [],
    changed: [],
    rewired: false,
  });
});

describe('on 300 random journeys', () => {
  test('every edit leaves a drawing without circles, with whole lines and one line per port', () => {
    for (let seed = 1; seed <= 300; seed += 1) {
      const random = randomSource(seed);
      let document = frozen(sample(seed));
      for (let step = 0; step < 12; step += 1) {
        const next = frozen(randomEdit(document, random));
        expect(faults(next), `seed ${seed}, edit ${step}`).toEqual([]);
        document = next;
      }
    }
  });

  test('a removed step with one way on cuts nobody off', () => {
    for (let seed = 1; seed <= 300; seed += 1) {
      const document = sample(seed);
      for (const node of document.nodes) {
        if (document.edges.filter((edge) => edge.source === node.id).length !== 1) continue;
        const before = reachedFrom(document.edges, rootsOf(document));
        const next = ops.removeSteps(document, [node.id]);
        const after = reachedFrom(next.edges, rootsOf(next));
        before.delete(node.id);
        expect(
          [...before].filter((id) => !after.has(id)),
          `seed ${seed}, ${node.id}`,
        ).toEqual([]);
      }
    }
  });
});

function sample(seed: number): Journey {
  const { nodes, edges } = randomDag(3 + (seed % 20), randomSource(seed * 13));
  return journey(
    nodes.map((node) => node.id),
    edges.map((edge) => [edge.source, edge.port, edge.target]),
  );
}

function rootsOf(document: Journey): string[] {
  const reached = new Set(document.edges.map((edge) => edge.target));
  return document.nodes.map((node) => node.id).filter((id) => !reached.has(id));
}

function randomEdit(document: Journey, random: () => number): Journey {
  const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)] as T;
  const id = pick(document.nodes).id;
  const spot: ops.Spot =
    random() < 0.2 || document.edges.length === 0
      ? { kind: 'port', source: id, port: 'p0' }
      : { kind: 'line', edge: pick(document.edges).id };
  const ports = () => ['p0', 'p1', 'p2', 'p3'];
  switch (Math.floor(random() * 8)) {
    case 0:
      return ops.connect(document, id, `p${Math.floor(random() * 4)}`, pick(document.nodes).id);
    case 1:
      return document.nodes.length > 3 ? ops.removeSteps(document, [id]) : document;
    case 2:
      return ops.moveStep(document, id, 'p0', spot, ports);
    case 3:
      return duplicateBranch(document, id).document;
    case 4:
      return duplicateStep(document, id, ports).document;
    case 5: {
      const clip = readClip(copySteps(document, [id, pick(document.nodes).id]));
      return clip ? pasteSteps(document, clip, spot, ports).document : document;
    }
    case 6:
      return ops.addStep(document, EXIT, spot).document;
    default:
      return ops.addStep(document, { ...WAIT, out: 'p0' }, spot).document;
  }
}

function faults(document: Journey): string[] {
  const ids = document.nodes.map((node) => node.id);
  const known = new Set(ids);
  const ports = document.edges.map((edge) => `${edge.source} ${edge.source_port}`);
  const found: string[] = [];
  if (known.size < ids.length) found.push('two steps of one id');
  if (new Set(document.edges.map((edge) => edge.id)).size < document.edges.length)
    found.push('two lines of one id');
  if (new Set(ports).size < ports.length) found.push('two lines at one port');
  for (const edge of document.edges) {
    if (!known.has(edge.source) || !known.has(edge.target)) found.push(`${edge.id} hangs`);
    if (
      ops.circleOf(
        { ...document, edges: document.edges.filter((other) => other !== edge) },
        edge.source,
        edge.target,
      )
    )
      found.push(`${edge.id} closes a circle`);
  }
  return found;
}
