/** A line of sizes keeps time and proportion. */

import { expect, test } from 'vitest';
import type { Size } from '../queries';
import { lineOf } from './sizes';

function size(day: number, people: number): Size {
  return { at: `2026-03-0${day}T12:00:00Z`, people, base: 1000 };
}

test('days are as far apart as they were, and people as high as they are many', () => {
  const { points, least, most } = lineOf([size(1, 100), size(2, 300), size(5, 200)]);
  expect([least, most]).toEqual([100, 300]);
  expect(points).toEqual([
    { x: 0, y: 100 },
    { x: 25, y: 0 },
    { x: 100, y: 50 },
  ]);
});

test('one size, and a size that never changed, stand in the middle', () => {
  expect(lineOf([size(1, 100)]).points).toEqual([{ x: 50, y: 50 }]);
  expect(lineOf([size(1, 100), size(3, 100)]).points.map((each) => each.y)).toEqual([50, 50]);
});
