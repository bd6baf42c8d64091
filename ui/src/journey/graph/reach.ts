/** Who can be reached from where, and what would close a circle. */

import type { Edge, Journey } from '../../api/types';

/** The steps from one to another along the lines, both included; null: there is no way. */
export function wayBetween(edges: readonly Edge[], from: string, to: string): string[] | null {
  const outs = outsOf(edges);
  const cameFrom = new Map<string, string | null>([[from, null]]);
  const open = [from];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (at === to) return trace(cameFrom, to);
    for (const edge of outs.get(at) ?? []) {
      if (cameFrom.has(edge.target)) continue;
      cameFrom.set(edge.target, at);
      open.push(edge.target);
    }
  }
  return null;
}

/** Every step some way leads to, the starts included. */
export function reachedFrom(edges: readonly Edge[], starts: Iterable<string>): Set<string> {
  const outs = outsOf(edges);
  const seen = new Set(starts);
  const open = [...seen];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const { target } of outs.get(at) ?? []) {
      if (seen.has(target)) continue;
      seen.add(target);
      open.push(target);
    }
  }
  return seen;
}

/** A step with all that is reached through it alone. */
export function branchOf(edges: readonly Edge[], root: string, all: readonly string[]): Set<string> {
  const inside = reachedFrom(edges, [root]);
  const others = edges.filter((edge) => edge.source !== root && edge.target !== root);
  const starts = all.filter((id) => id !== root && !inside.has(id));
  for (const id of reachedFrom(others, starts)) inside.delete(id);
  return inside;
}

/** The steps so that each comes after all that lead to it; those of circles at the end. */
export function inOrder({ nodes, edges }: Journey): string[] {
  const outs = outsOf(edges);
  const missing = new Map(nodes.map((node) => [node.id, 0]));
  for (const { target } of edges) missing.set(target, (missing.get(target) ?? 0) + 1);
  const order = nodes.filter((node) => missing.get(node.id) === 0).map((node) => node.id);
  for (const id of order) {
    for (const { target } of outs.get(id) ?? []) {
      const left = (missing.get(target) ?? 0) - 1;
      missing.set(target, left);
      if (left === 0) order.push(target);
    }
  }
  const found = new Set(order);
  return [...order, ...nodes.map((node) => node.id).filter((id) => !found.has(id))];
}

function outsOf(edges: readonly Edge[]): Map<string, Edge[]> {
  const outs = new Map<string, Edge[]>();
  for (const edge of edges) {
    const list = outs.get(edge.source);
    if (list) list.push(edge);
    else outs.set(edge.source, [edge]);
  }
  return outs;
}

function trace(cameFrom: ReadonlyMap<string, string | null>, to: string): string[] {
  const way: string[] = [];
  for (let at: string | null | undefined = to; at; at = cameFrom.get(at)) way.unshift(at);
  return way;
}
