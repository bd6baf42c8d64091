/** What two documents look like in one drawing. */

import { expect, test } from 'vitest';
import type { Journey } from '../../api/types';
import { compared } from './compare';

function journey(steps: Record<string, string>, ways: string[]): Journey {
  return {
    schema_version: 1,
    name: 'Test',
    description: '',
    settings: {},
    notes: [],
    nodes: Object.entries(steps).map(([id, name]) => ({ id, type: 'wait', name, data: {} })),
    edges: ways.map((way, i) => {
      const [source = '', target = ''] = way.split('>');
      return { id: `e${i}`, source, source_port: 'next', target };
    }),
  };
}

test('new, other and removed steps and lines are marked, and what went is drawn too', () => {
  const older = journey({ a: 'A', b: 'B', c: 'C' }, ['a>b', 'b>c']);
  const newer = journey({ a: 'A', c: 'Other', d: 'D' }, ['a>c', 'c>d']);
  const { document, steps, lines } = compared(older, newer);
  expect(Object.fromEntries(steps)).toEqual({ b: 'removed', c: 'changed', d: 'added' });
  expect(document.nodes.map(({ id }) => id)).toEqual(['a', 'c', 'd', 'b']);
  expect(Object.fromEntries(lines)).toEqual({
    e0: 'added',
    e1: 'added',
    'was e0': 'removed',
    'was e1': 'removed',
  });
  const same = compared(newer, structuredClone(newer));
  expect([same.steps.size, same.lines.size, same.document.nodes.length]).toEqual([0, 0, 3]);
});
