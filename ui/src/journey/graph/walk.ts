/** Walking the journey with the arrow keys: where up, down, left and right lead from a step. */

import type { LayoutEdge, Point } from './types';

export type Direction = 'up' | 'down' | 'left' | 'right';

/** The step an arrow key leads to, or null where the way ends. */
export function stepTowards(
  direction: Direction,
  from: string,
  edges: readonly LayoutEdge[],
  positions: ReadonlyMap<string, Point>,
): string | null {
  const here = positions.get(from);
  if (!here) return null;
  if (direction === 'down') return edges.find((edge) => edge.source === from)?.target ?? null;
  if (direction === 'up') return edges.find((edge) => edge.target === from)?.source ?? null;
  const sign = direction === 'left' ? -1 : 1;
  const beside = [...positions]
    .filter(([, place]) => place.y === here.y && (place.x - here.x) * sign > 0)
    .sort(([, a], [, b]) => (a.x - b.x) * sign);
  return beside[0]?.[0] ?? null;
}

/** Ids of steps in reading order: rows from the top, each from the left. */
export function readingOrder(positions: ReadonlyMap<string, Point>): string[] {
  return [...positions].sort(([, a], [, b]) => a.y - b.y || a.x - b.x).map(([id]) => id);
}
