/** The outline tells every step once, at the depth of its branch. */

import { expect, test } from 'vitest';
import { randomDag, randomSource } from './layout.fixtures';
import { outlineOf } from './outline';

const node = (id: string, ...ports: string[]) => ({ id, ports });
const edge = (source: string, port: string, target: string) => ({
  id: `${source}.${port}`,
  source,
  port,
  target,
});

test('branches stand one deeper, and what they lead to together stands as deep as where they parted', () => {
  const nodes = [
    node('in', 'next'),
    node('s', 'yes', 'no'),
    node('y', 'next'),
    node('m', 'next'),
    node('end'),
  ];
  const edges = [
    edge('in', 'next', 's'),
    edge('s', 'yes', 'y'),
    edge('s', 'no', 'm'),
    edge('y', 'next', 'm'),
    edge('m', 'next', 'end'),
  ];
  const rows = outlineOf(nodes, edges).map(({ depth, port, step, kind }) =>
    [depth, port, step, kind].join(' '),
  );
  expect(rows).toEqual(['0  in step', '0  s step', '1 yes y step', '1 no m way', '0  m step', '0  end step']);
  expect(outlineOf([node('s', 'yes', 'no')], []).map(({ kind, step }) => `${kind} ${step}`)).toEqual([
    'step s',
    'way null',
    'way null',
  ]);
});

test('in any journey every step is there once, below one that leads to it', () => {
  const random = randomSource(7);
  for (let round = 0; round < 60; round += 1) {
    const { nodes, edges } = randomDag(2 + Math.floor(random() * 40), random);
    const steps = outlineOf(nodes, edges)
      .filter((row) => row.kind === 'step')
      .map((row) => row.step);
    expect(steps.toSorted()).toEqual(nodes.map(({ id }) => id).toSorted());
    for (const [i, id] of steps.entries()) {
      const sources = edges.filter((each) => each.target === id).map((each) => each.source);
      if (sources.length > 0) expect(sources.every((each) => steps.indexOf(each) < i)).toBe(true);
    }
  }
});
