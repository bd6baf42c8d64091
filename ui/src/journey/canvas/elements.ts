/** Steps and lines as the canvas library's nodes and edges; whatever shows the same stays the same object. */

import { type Edge, type Node, Position } from '@xyflow/react';
import { dayAndTime, number, outcomeName } from '../../app/format';
import { words } from '../../app/words';
import { roundedPath } from '../graph/path';
import { portShare } from '../graph/routing';
import { type Layout, METRICS, type Point, type Route } from '../graph/types';
import { readingOrder } from '../graph/walk';
import type { JourneyView, LineView, StepView } from '../view';

export type StepNodeData = { step: StepView; hasInput: boolean };
export type StepNode = Node<StepNodeData, 'step'>;
export type LineEdgeData = { line: LineView; path: string; length: number; label: Point };
export type LineEdge = Edge<LineEdgeData, 'line'>;

const { step: say } = words.canvas;
/** From so many steps on only those in sight are drawn. */
export const MANY_STEPS = 60;
export const HANDLE = { width: 8, height: 8 };

/** The nodes in reading order; Tab leads to `stop` alone. */
export function nodesOf(
  view: JourneyView,
  layout: Layout,
  selected: string | null,
  stop: string | null,
): StepNode[] {
  const byId = new Map(view.steps.map((step) => [step.id, step]));
  const reached = new Set(view.lines.map((line) => line.target));
  return readingOrder(layout.positions).flatMap((id, index, all) => {
    const step = byId.get(id);
    if (!step) return [];
    const hasInput = reached.has(id);
    return [
      {
        id,
        type: 'step' as const,
        position: layout.positions.get(id) as Point,
        width: METRICS.width,
        height: METRICS.height,
        measured: { width: METRICS.width, height: METRICS.height },
        handles: handlesOf(step, hasInput),
        selected: id === selected,
        data: { step, hasInput },
        ariaRole: 'button' as const,
        ariaLabel: stepLabel(step, index + 1, all.length),
        domAttributes: {
          'aria-haspopup': 'dialog' as const,
          'aria-expanded': id === selected,
          // The stop itself may be out of sight where not all are drawn.
          tabIndex: id === stop || all.length > MANY_STEPS ? 0 : -1,
        },
      },
    ];
  });
}

function handlesOf(step: StepView, hasInput: boolean): NonNullable<StepNode['handles']> {
  const ports = step.ports.map((port) => port.id);
  const outs = ports.map((id) => ({
    ...HANDLE,
    id,
    type: 'source' as const,
    position: Position.Bottom,
    x: METRICS.width * portShare({ id: step.id, ports }, id),
    y: METRICS.height,
  }));
  if (!hasInput) return outs;
  return [...outs, { ...HANDLE, type: 'target', position: Position.Top, x: METRICS.width / 2, y: 0 }];
}

/** Everything the card shows, in one sentence for those who listen. */
export function stepLabel(step: StepView, index: number, total: number): string {
  const { counts } = step;
  const parts = [
    step.title,
    step.name === step.title ? '' : step.name,
    step.summary,
    say.position(index, total),
  ];
  if (counts) {
    const shown = step.isEnd ? step.ended : counts.here;
    parts.push(step.isEnd ? say.ended(number(shown), shown === 1) : say.here(number(shown), shown === 1));
    for (const outcome of step.outcomes)
      parts.push(say.outcome(number(outcome.count), outcomeName(outcome.name, outcome.count)));
    if (step.dueAt)
      parts.push(words.canvas.due[step.kind === 'start' ? 'start' : 'here'](dayAndTime(step.dueAt)));
  }
  return parts.filter(Boolean).join(', ');
}

export function edgesOf(view: JourneyView, routes: ReadonlyMap<string, Route>): LineEdge[] {
  const names = new Map(view.steps.map((step) => [step.id, step.name]));
  return view.lines.flatMap((line) => {
    const route = routes.get(line.id);
    if (!route) return [];
    const title = words.canvas.line(
      names.get(line.source) ?? line.source,
      names.get(line.target) ?? line.target,
    );
    const parts = [
      title,
      line.label,
      line.count === null ? '' : `${number(line.count)} ${words.people(line.count)}`,
    ];
    return [
      {
        id: line.id,
        type: 'line' as const,
        source: line.source,
        sourceHandle: line.port,
        target: line.target,
        focusable: false,
        interactionWidth: 0,
        data: { line, path: roundedPath(route.points), length: lengthOf(route.points), label: route.label },
        ariaLabel: parts.filter(Boolean).join(', '),
      },
    ];
  });
}

function lengthOf(points: readonly Point[]): number {
  return points.reduce((sum, point, i) => {
    const before = points[i - 1];
    return before ? sum + Math.abs(point.x - before.x) + Math.abs(point.y - before.y) : sum;
  }, 0);
}

/** Take the old object for every item that shows the same, so that only what changed is drawn again. */
export function keepSame<Item extends { id: string }>(old: readonly Item[], next: readonly Item[]): Item[] {
  const before = new Map(old.map((item) => [item.id, item]));
  return next.map((item) => {
    const known = before.get(item.id);
    return known && JSON.stringify(known) === JSON.stringify(item) ? known : item;
  });
}
