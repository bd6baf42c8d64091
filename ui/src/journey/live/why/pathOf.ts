/** The way of one customer on the canvas. */

import type { Highlighted } from '../../canvas/highlight';
import type { LineView } from '../../view';
import type { Why } from './useWhy';

/** Steps and lines of their last visit, and where they were not let in; null: they were never here. */
export function pathOf(why: Why, lines: readonly LineView[]): Highlighted | null {
  const path = why.visits.at(-1)?.path ?? [];
  const steps = new Set([
    ...path.map((stop) => stop.node_id),
    ...(path.length === 0 ? why.refusals.map((refusal) => refusal.node_id) : []),
  ]);
  if (steps.size === 0) return null;
  const taken = path.flatMap((stop, i) => {
    const next = path[i + 1];
    const line = lines.find(
      (each) => each.source === stop.node_id && each.port === stop.port && each.target === next?.node_id,
    );
    return line ? [line.id] : [];
  });
  return { steps, lines: new Set(taken) };
}
