/** Random journeys, and the measures the layout tests judge them by. */

import { routesOf } from './routing';
import { type Layout, type LayoutEdge, type LayoutNode, METRICS, type Point } from './types';

export interface Sample {
  nodes: LayoutNode[];
  edges: LayoutEdge[];
}

type Source = () => number;

/** Repeatable random numbers from 0 to 1. */
export function randomSource(seed: number): Source {
  let state = seed * 7919 + 17;
  return () => {
    state = (state * 1103515245 + 12345) & 0x7fffffff;
    return state / 0x7fffffff;
  };
}

/** A journey grown from one entry: open ports get a new step, which sometimes takes other open ports in too. */
export function randomJourney(size: number, random: Source): Sample {
  const nodes: LayoutNode[] = [{ id: 'n0', ports: ['p0'] }];
  const edges: LayoutEdge[] = [];
  const open = [{ source: 'n0', port: 'p0' }];
  const take = () =>
    open.splice(Math.floor(random() * open.length), 1)[0] as { source: string; port: string };
  for (let i = 1; i < size; i += 1) {
    const id = `n${i}`;
    const joined = random() < 0.3 ? Math.min(open.length, 2 + Math.floor(random() * 2)) : 1;
    for (let k = 0; k < joined; k += 1) edges.push({ id: `e${edges.length}`, ...take(), target: id });
    const count = open.length === 0 || random() < 0.3 ? 2 + Math.floor(random() * 3) : 1;
    const ports = Array.from({ length: count }, (_, k) => `p${k}`);
    nodes.push({ id, ports });
    for (const port of ports) open.push({ source: id, port });
  }
  return { nodes, edges };
}

/** Any graph without circles: several entries, lines over many rows, steps nothing leads to. */
export function randomDag(size: number, random: Source): Sample {
  const edges: LayoutEdge[] = [];
  const nodes = Array.from({ length: size }, (_, i) => {
    const wanted = i === size - 1 ? 0 : Math.floor(random() * 4);
    const ports = Array.from({ length: wanted }, (_unused, k) => `p${k}`);
    for (const port of ports) {
      const reach = random() < 0.6 ? Math.min(5, size - 1 - i) : size - 1 - i;
      const target = i + 1 + Math.floor(random() * reach);
      edges.push({ id: `e${edges.length}`, source: `n${i}`, port, target: `n${target}` });
    }
    return { id: `n${i}`, ports };
  });
  return { nodes, edges };
}

/** Pairs of steps that overlap. */
export function overlaps(layout: Layout): string[] {
  const places = [...layout.positions];
  return places.flatMap(([a, one], i) =>
    places
      .slice(i + 1)
      .filter(
        ([, two]) => Math.abs(one.x - two.x) < METRICS.width && Math.abs(one.y - two.y) < METRICS.height,
      )
      .map(([b]) => `${a} ${b}`),
  );
}

const MARGIN = 8;

/** Lines that come closer than a margin to a step they neither leave nor reach, or that pass behind their own. */
export function crossings(sample: Sample, layout: Layout): string[] {
  const found: string[] = [];
  const routes = routesOf(sample.nodes, sample.edges, layout);
  for (const edge of sample.edges) {
    const points = routes.get(edge.id)?.points ?? [];
    for (const [id, corner] of layout.positions) {
      const own = id === edge.source || id === edge.target;
      const margin = own ? -1 : MARGIN;
      if (points.some((point, i) => i > 0 && touches(points[i - 1] as Point, point, corner, margin))) {
        found.push(`${edge.id} (${edge.source} to ${edge.target}) touches ${id}`);
      }
    }
  }
  return found;
}

function touches(from: Point, to: Point, corner: Point, margin: number): boolean {
  const left = Math.min(from.x, to.x);
  const right = Math.max(from.x, to.x);
  const top = Math.min(from.y, to.y);
  const bottom = Math.max(from.y, to.y);
  return (
    left < corner.x + METRICS.width + margin &&
    right > corner.x - margin &&
    top < corner.y + METRICS.height + margin &&
    bottom > corner.y - margin
  );
}
