/** Sizes over time as a line in a square of 100 by 100, the first at the left, the most at the top. */

import type { Size } from '../queries';

export interface Point {
  x: number;
  y: number;
}

export interface Line {
  points: Point[];
  least: number;
  most: number;
}

export function lineOf(sizes: readonly Size[]): Line {
  const people = sizes.map((each) => each.people);
  const times = sizes.map((each) => new Date(each.at).getTime());
  const [least, most] = [Math.min(...people), Math.max(...people)];
  const first = times[0] ?? 0;
  const span = (times.at(-1) ?? 0) - first;
  const points = sizes.map((_, i) => ({
    x: span === 0 ? 50 : (100 * ((times[i] ?? 0) - first)) / span,
    y: most === least ? 50 : 100 - (100 * ((people[i] ?? 0) - least)) / (most - least),
  }));
  return { points, least, most };
}
