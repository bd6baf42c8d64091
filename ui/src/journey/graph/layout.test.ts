/** What the layout promises, on known journeys and on random ones. */

import { describe, expect, test } from 'vitest';
import { nearestFree } from './blocks';
import { layoutOf } from './layout';
import { crossings, overlaps, randomDag, randomJourney, randomSource, type Sample } from './layout.fixtures';
import { roundedPath } from './path';
import { routesOf } from './routing';
import type { LayoutEdge, LayoutNode } from './types';

function journey(ports: Record<string, string[]>, lines: [string, string, string][]): Sample {
  const nodes: LayoutNode[] = Object.entries(ports).map(([id, list]) => ({ id, ports: list }));
  const edges: LayoutEdge[] = lines.map(([source, port, target], i) => ({
    id: `line${i}`,
    source,
    port,
    target,
  }));
  return { nodes, edges };
}

describe('a known journey', () => {
  const diamond = journey(
    { entry: ['next'], split: ['yes', 'no'], left: ['next'], right: ['next'], end: [] },
    [
      ['entry', 'next', 'split'],
      ['split', 'no', 'right'],
      ['split', 'yes', 'left'],
      ['left', 'next', 'end'],
      ['right', 'next', 'end'],
    ],
  );
  const { positions } = layoutOf(diamond.nodes, diamond.edges);
  const place = (id: string) => positions.get(id) as { x: number; y: number };

  test('branches stand in port order, whatever the order of the lines', () => {
    expect(place('left').x).toBeLessThan(place('right').x);
    expect(place('left').y).toBe(place('right').y);
  });

  test('a merge of two branches is centred below them', () => {
    expect(place('end').x).toBe(place('split').x);
    expect(place('end').y).toBeGreaterThan(place('right').y);
  });

  test('the same journey is always laid out the same way', () => {
    expect(layoutOf(diamond.nodes, diamond.edges)).toEqual(layoutOf(diamond.nodes, diamond.edges));
  });
});

test('a merge stands aside for a line that passes its row', () => {
  const { nodes, edges } = journey(
    { split: ['a', 'b', 'c'], a: ['next'], b: ['next'], c: ['next'], early: ['next'], late: [] },
    [
      ['split', 'a', 'a'],
      ['split', 'b', 'b'],
      ['split', 'c', 'c'],
      ['a', 'next', 'early'],
      ['c', 'next', 'early'],
      ['early', 'next', 'late'],
      ['b', 'next', 'late'],
    ],
  );
  const layout = layoutOf(nodes, edges);
  expect(layout.positions.get('early')?.x).not.toBe(layout.positions.get('b')?.x);
  expect(crossings({ nodes, edges }, layout)).toEqual([]);
});

test('a circle is drawn around the side and every step still has its place', () => {
  const { nodes, edges } = journey({ a: ['next'], b: ['next', 'again'], c: [] }, [
    ['a', 'next', 'b'],
    ['b', 'next', 'c'],
    ['b', 'again', 'a'],
  ]);
  const layout = layoutOf(nodes, edges);
  expect([...layout.loops]).toEqual(['line2']);
  expect(layout.positions.size).toBe(3);
  expect(routesOf(nodes, edges, layout).size).toBe(3);
  expect(crossings({ nodes, edges }, layout)).toEqual([]);
});

test('an empty journey and lines to nowhere do no harm', () => {
  expect(layoutOf([], []).positions.size).toBe(0);
  const { nodes } = journey({ a: ['next'] }, []);
  const lost = [{ id: 'lost', source: 'a', port: 'next', target: 'gone' }];
  expect(routesOf(nodes, lost, layoutOf(nodes, lost)).size).toBe(0);
});

describe.each([
  ['journeys of branches and merges', (seed: number) => randomJourney(4 + (seed % 60), randomSource(seed))],
  ['any graphs without circles', (seed: number) => randomDag(3 + (seed % 40), randomSource(seed * 31))],
])('600 random %s', (_, sample) => {
  test('no overlaps, every line points down, no line touches a foreign step', () => {
    for (let seed = 1; seed <= 600; seed += 1) {
      const { nodes, edges } = sample(seed);
      const layout = layoutOf(nodes, edges);
      expect(layout.positions.size, `seed ${seed}`).toBe(nodes.length);
      expect(overlaps(layout), `overlaps, seed ${seed}`).toEqual([]);
      expect(crossings({ nodes, edges }, layout), `crossings, seed ${seed}`).toEqual([]);
      const rising = edges.filter(
        (edge) => (layout.positions.get(edge.source)?.y ?? 0) >= (layout.positions.get(edge.target)?.y ?? 0),
      );
      expect(rising, `rising lines, seed ${seed}`).toEqual([]);
    }
  });
});

test('1000 steps are laid out and routed quickly', () => {
  const { nodes, edges } = randomJourney(1000, randomSource(7));
  layoutOf(nodes, edges);
  const started = performance.now();
  routesOf(nodes, edges, layoutOf(nodes, edges));
  expect(performance.now() - started).toBeLessThan(250);
});

test('the nearest free value is taken', () => {
  expect(nearestFree(5, [])).toBe(5);
  expect(nearestFree(5, [[0, 8]])).toBe(8);
  expect(
    nearestFree(5, [
      [0, 8],
      [7, 20],
    ]),
  ).toBe(0);
});

test('a path rounds its corners and keeps its ends', () => {
  const path = roundedPath([
    { x: 0, y: 0 },
    { x: 0, y: 40 },
    { x: 40, y: 40 },
  ]);
  expect(path).toBe('M0,0L0,28Q0,40 12,40L40,40');
});
