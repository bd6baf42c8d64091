/** Routing: the corners of every line; horizontal stretches lie in the gaps between rows, so they touch no card. */

import {
  type Layout,
  type LayoutEdge,
  type LayoutNode,
  METRICS,
  type Metrics,
  type Point,
  type Route,
} from './types';

/** How far from its step a line turns, and how far lines of one step turn from each other. */
const TURN = 20;
const STAGGER = 8;
/** Space between lines that close a circle, and from the flow's right side to the first of them. */
const LOOP_GAP = 20;
const LOOP_SIDE = 56;

/** Route every line of a journey that has been laid out. */
export function routesOf(
  nodes: readonly LayoutNode[],
  edges: readonly LayoutEdge[],
  layout: Layout,
  metrics: Metrics = METRICS,
): Map<string, Route> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const starts = new Map<string, Point>();
  for (const edge of edges) {
    const source = byId.get(edge.source);
    if (source && layout.positions.has(edge.target))
      starts.set(edge.id, portOf(source, edge.port, layout, metrics));
  }
  const turns = turnsOf(edges, starts, layout);
  const leaving = countBy(edges, (edge) => edge.source);
  const arriving = countBy(edges, (edge) => edge.target);
  const routes = new Map<string, Route>();
  let loops = 0;
  for (const edge of edges) {
    const start = starts.get(edge.id);
    const target = layout.positions.get(edge.target);
    if (!start || !target) continue;
    const end = { x: target.x + metrics.width / 2, y: target.y };
    const trunk = layout.trunks.get(edge.id);
    if (trunk === undefined) {
      routes.set(edge.id, loopRoute(start, end, sideOf(layout) + LOOP_GAP * loops));
      loops += 1;
    } else {
      const parts = (leaving.get(edge.source) ?? 0) > 1;
      const joins = (arriving.get(edge.target) ?? 0) > 1 && end.y - start.y <= metrics.gapY;
      routes.set(edge.id, {
        points: downPoints(start, end, trunk, turns.get(edge.id) ?? TURN),
        label: { x: trunk, y: start.y + labelDrop(parts, joins, metrics) },
      });
    }
  }
  return routes;
}

/** Where on a step's lower side a port is. */
export function portShare(node: LayoutNode, port: string): number {
  const index = node.ports.indexOf(port);
  return index < 0 ? 0.5 : (index + 1) / (node.ports.length + 1);
}

function portOf(node: LayoutNode, port: string, layout: Layout, metrics: Metrics): Point {
  const corner = layout.positions.get(node.id) as Point;
  return { x: corner.x + metrics.width * portShare(node, port), y: corner.y + metrics.height };
}

function sideOf(layout: Layout): number {
  return layout.bounds.x + layout.bounds.width + LOOP_SIDE;
}

/** Lines of one step that go to the same side turn one after the other, the outermost first, so none crosses another. */
function turnsOf(
  edges: readonly LayoutEdge[],
  starts: ReadonlyMap<string, Point>,
  layout: Layout,
): Map<string, number> {
  const sides = new Map<string, { id: string; start: number }[]>();
  for (const edge of edges) {
    const start = starts.get(edge.id)?.x;
    const trunk = layout.trunks.get(edge.id);
    if (start === undefined || trunk === undefined || Math.abs(trunk - start) < 1) continue;
    const side = `${edge.source} ${trunk < start ? 'left' : 'right'}`;
    sides.set(side, [...(sides.get(side) ?? []), { id: edge.id, start }]);
  }
  const turns = new Map<string, number>();
  for (const [side, lines] of sides) {
    const inwards = side.endsWith('left') ? 1 : -1;
    lines.sort((a, b) => (a.start - b.start) * inwards);
    const step = Math.min(STAGGER, TURN / lines.length);
    lines.forEach((line, i) => {
      turns.set(line.id, TURN + (i - (lines.length - 1) / 2) * step);
    });
  }
  return turns;
}

function downPoints(start: Point, end: Point, trunk: number, turn: number): Point[] {
  const out = start.y + turn;
  const back = end.y - TURN;
  return tidy([
    start,
    { x: start.x, y: out },
    { x: trunk, y: out },
    { x: trunk, y: back },
    { x: end.x, y: back },
    end,
  ]);
}

/** Labels keep clear of where lines of the same step part, and of where lines to the same step join. */
function labelDrop(parts: boolean, joins: boolean, metrics: Metrics): number {
  if (parts) return metrics.gapY - TURN;
  return joins ? TURN : metrics.gapY / 2;
}

function countBy(edges: readonly LayoutEdge[], key: (edge: LayoutEdge) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const edge of edges) counts.set(key(edge), (counts.get(key(edge)) ?? 0) + 1);
  return counts;
}

function loopRoute(start: Point, end: Point, side: number): Route {
  const points = tidy([
    start,
    { x: start.x, y: start.y + TURN },
    { x: side, y: start.y + TURN },
    { x: side, y: end.y - TURN },
    { x: end.x, y: end.y - TURN },
    end,
  ]);
  return { points, label: { x: side, y: (start.y + end.y) / 2 } };
}

/** Leave out corners that are no corners. */
function tidy(points: readonly Point[]): Point[] {
  const apart = points.filter((point, i) => {
    const before = points[i - 1];
    return !before || Math.abs(point.x - before.x) + Math.abs(point.y - before.y) > 0.5;
  });
  return apart.filter((point, i) => {
    const before = apart[i - 1];
    const after = apart[i + 1];
    if (!before || !after) return true;
    const vertical = before.x === point.x && point.x === after.x;
    const horizontal = before.y === point.y && point.y === after.y;
    return !vertical && !horizontal;
  });
}
