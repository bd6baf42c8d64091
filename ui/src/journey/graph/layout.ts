/** Structured layout: a journey's steps and lines in, places out; nothing about places is ever saved. */

import { placeBlocks } from './blocks';
import { type Flow, flowOf } from './flow';
import {
  type Bounds,
  type Layout,
  type LayoutEdge,
  type LayoutNode,
  METRICS,
  type Metrics,
  type Point,
} from './types';

/** Lay a journey out from the top down. */
export function layoutOf(
  nodes: readonly LayoutNode[],
  edges: readonly LayoutEdge[],
  metrics: Metrics = METRICS,
): Layout {
  const flow = flowOf(nodes, edges);
  const { offsets, lanes } = placeBlocks(flow, metrics);
  const centres = absoluteCentres(flow, offsets);
  const positions = new Map<string, Point>();
  nodes.forEach((node, i) => {
    const { x, row } = centres[i] as { x: number; row: number };
    positions.set(node.id, {
      x: Math.round(x - metrics.width / 2),
      y: row * (metrics.height + metrics.gapY),
    });
  });
  return {
    positions,
    trunks: trunksOf(flow, centres, lanes),
    loops: flow.loops,
    bounds: boundsOf([...positions.values()], metrics),
  };
}

type Centre = { x: number; row: number };

function absoluteCentres(flow: Flow, offsets: readonly Centre[]): Centre[] {
  const centres = offsets.map((offset) => ({ ...offset }));
  for (const node of flow.order) {
    const own = centres[node] as Centre;
    const dominator = centres[flow.dominator[node] ?? -1];
    if (!dominator) continue;
    own.x += dominator.x;
    own.row += dominator.row;
  }
  return centres;
}

function trunksOf(
  flow: Flow,
  centres: readonly Centre[],
  lanes: ReadonlyMap<string, number>,
): Map<string, number> {
  const trunks = new Map<string, number>();
  flow.outs.forEach((wires, node) => {
    const from = centres[node] as Centre;
    for (const wire of wires) {
      const lane = lanes.get(wire.id);
      const to = centres[wire.to] as Centre;
      const straight = wires.length > 1 ? to.x : from.x;
      trunks.set(wire.id, Math.round(lane === undefined ? straight : from.x + lane));
    }
  });
  return trunks;
}

function boundsOf(corners: readonly Point[], metrics: Metrics): Bounds {
  if (corners.length === 0) return { x: 0, y: 0, width: 0, height: 0 };
  const left = Math.min(...corners.map((corner) => corner.x));
  const right = Math.max(...corners.map((corner) => corner.x)) + metrics.width;
  const top = Math.min(...corners.map((corner) => corner.y));
  const bottom = Math.max(...corners.map((corner) => corner.y)) + metrics.height;
  return { x: left, y: top, width: right - left, height: bottom - top };
}
