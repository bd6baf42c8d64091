/** Every place where a step may be put, and which of them is meant by a point of the canvas. */

import type { Edge } from '../../api/types';
import type { Spot } from './ops';
import type { Point } from './types';

export interface PlacedSpot {
  key: string;
  spot: Spot;
  /** Where its “+” is. */
  at: Point;
  /** Also meant by points well inside this area; only spots at open ways out have one. */
  area: { left: number; top: number; right: number; bottom: number } | null;
  /** The way out it lies on, where the step has several. */
  label: string;
  /** The step it follows. */
  source: string;
  /** Shown only when something is being put. */
  hidden: boolean;
}

export function spotKey(spot: Spot): string {
  if (spot.kind === 'line') return `line ${spot.edge}`;
  return spot.kind === 'port' ? `port ${spot.source} ${spot.port}` : 'ground';
}

/** The spot closest to a point, if it is within reach. */
export function nearestSpot(
  spots: readonly PlacedSpot[],
  point: Point,
  reach: number,
  allowed: (spot: PlacedSpot) => boolean,
): PlacedSpot | null {
  let best: PlacedSpot | null = null;
  let closest = reach;
  for (const spot of spots) {
    const distance = isInside(point, spot.area) ? 0 : Math.hypot(point.x - spot.at.x, point.y - spot.at.y);
    if (distance > closest || !allowed(spot)) continue;
    best = spot;
    closest = distance;
  }
  return best;
}

function isInside(point: Point, area: PlacedSpot['area']): boolean {
  if (!area) return false;
  return point.x > area.left && point.x < area.right && point.y > area.top && point.y < area.bottom;
}

/** Where pasted or clicked steps go after a step: into its main line, else to its open way out. */
export function spotAfter(step: string, ports: readonly string[], edges: readonly Edge[]): Spot {
  const first = ports[0];
  if (first === undefined) return { kind: 'ground' };
  const open = ports.find((port) => !edges.some((edge) => edge.source === step && edge.source_port === port));
  const line = edges.find((edge) => edge.source === step && edge.source_port === first);
  if (line && open === undefined) return { kind: 'line', edge: line.id };
  return { kind: 'port', source: step, port: open ?? first };
}
