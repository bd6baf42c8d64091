/** The journey as an indexed graph without circles: order from the entries down, and who dominates whom. */

import type { LayoutEdge, LayoutNode } from './types';

export interface Wire {
  id: string;
  from: number;
  to: number;
}

export interface Flow {
  nodes: readonly LayoutNode[];
  /** Lines out of each step, in port order. */
  outs: readonly Wire[][];
  /** Lines into each step. */
  ins: readonly Wire[][];
  /** Every step after all steps that lead to it. */
  order: readonly number[];
  /** The closest step every way to this one passes through; -1: none. */
  dominator: readonly number[];
  /** Ids of the lines left out because they close a circle. */
  loops: ReadonlySet<string>;
}

/** Index a journey; lines to steps that do not exist are left out. */
export function flowOf(nodes: readonly LayoutNode[], edges: readonly LayoutEdge[]): Flow {
  const wired = wiresByPort(nodes, edges);
  const { order, loops } = depthFirst(wired);
  const outs = wired.map((wires) => wires.filter((wire) => !loops.has(wire.id)));
  const ins: Wire[][] = nodes.map(() => []);
  for (const from of order) {
    for (const wire of outs[from] ?? []) ins[wire.to]?.push(wire);
  }
  return { nodes, outs, ins, order, dominator: dominators(order, ins), loops };
}

function wiresByPort(nodes: readonly LayoutNode[], edges: readonly LayoutEdge[]): Wire[][] {
  const index = new Map(nodes.map((node, i) => [node.id, i]));
  const ranked: { wire: Wire; rank: number }[][] = nodes.map(() => []);
  for (const edge of edges) {
    const from = index.get(edge.source);
    const to = index.get(edge.target);
    if (from === undefined || to === undefined) continue;
    const rank = nodes[from]?.ports.indexOf(edge.port) ?? -1;
    ranked[from]?.push({ wire: { id: edge.id, from, to }, rank: rank < 0 ? Number.MAX_SAFE_INTEGER : rank });
  }
  return ranked.map((list) => list.sort((a, b) => a.rank - b.rank).map((item) => item.wire));
}

/** Walk from the entries, last branch first, so that the reversed order reads top-down and left to right. */
function depthFirst(outs: readonly Wire[][]): { order: number[]; loops: Set<string> } {
  const entered = new Set(outs.flat().map((wire) => wire.to));
  const all = outs.map((_, i) => i);
  const starts = [...all.filter((i) => !entered.has(i)).reverse(), ...all.filter((i) => entered.has(i))];
  const state = new Uint8Array(outs.length);
  const loops = new Set<string>();
  const finished: number[] = [];
  for (const start of starts) {
    if (state[start] === 0) walk(start, outs, state, loops, finished);
  }
  return { order: finished.reverse(), loops };
}

const OPEN = 1;
const DONE = 2;

function walk(
  start: number,
  outs: readonly Wire[][],
  state: Uint8Array,
  loops: Set<string>,
  finished: number[],
): void {
  const stack = [{ at: start, next: (outs[start]?.length ?? 0) - 1 }];
  state[start] = OPEN;
  for (let top = stack.at(-1); top; top = stack.at(-1)) {
    const wire = outs[top.at]?.[top.next];
    top.next -= 1;
    if (!wire) {
      state[top.at] = DONE;
      finished.push(top.at);
      stack.pop();
    } else if (state[wire.to] === OPEN) {
      loops.add(wire.id);
    } else if (state[wire.to] !== DONE) {
      state[wire.to] = OPEN;
      stack.push({ at: wire.to, next: (outs[wire.to]?.length ?? 0) - 1 });
    }
  }
}

function dominators(order: readonly number[], ins: readonly Wire[][]): number[] {
  const dominator = ins.map(() => -1);
  const depth = ins.map(() => 0);
  for (const node of order) {
    const sources = (ins[node] ?? []).map((wire) => wire.from);
    const shared = sources.length > 0 ? sources.reduce((a, b) => meet(a, b, dominator, depth)) : -1;
    dominator[node] = shared;
    depth[node] = shared < 0 ? 0 : (depth[shared] ?? 0) + 1;
  }
  return dominator;
}

function meet(a: number, b: number, dominator: readonly number[], depth: readonly number[]): number {
  let left = a;
  let right = b;
  while (left !== right) {
    if (left < 0 || right < 0) return -1;
    if ((depth[left] ?? 0) >= (depth[right] ?? 0)) left = dominator[left] ?? -1;
    else right = dominator[right] ?? -1;
  }
  return left;
}
