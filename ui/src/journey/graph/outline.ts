/** The journey as an indented list: steps below each other, branches one deeper, merges where their branches parted. */

import { flowOf } from './flow';
import type { LayoutEdge, LayoutNode } from './types';

export interface OutlineRow {
  key: string;
  /** From 0. */
  depth: number;
  /** The way out of the step before that leads here, where it has several. */
  port: string | null;
  source: string | null;
  /** The step; of a row that only says where a way leads on, the step it leads to; null: nowhere. */
  step: string | null;
  /** A step of its own, or only where a way leads on. */
  kind: 'step' | 'way';
}

export function outlineOf(nodes: readonly LayoutNode[], edges: readonly LayoutEdge[]): OutlineRow[] {
  const { outs, ins, order, dominator } = flowOf(nodes, edges);
  const place = new Map(order.map((node, i) => [node, i]));
  const byId = new Map(edges.map((edge) => [edge.id, edge]));
  const inside = new Map<number, number[]>();
  for (const node of order) {
    const above = dominator[node] ?? -1;
    inside.set(above, [...(inside.get(above) ?? []), node]);
  }
  const rows: OutlineRow[] = [];
  const idOf = (node: number) => nodes[node]?.id ?? '';
  const visit = (node: number, depth: number, port: string | null, source: string | null) => {
    const id = idOf(node);
    rows.push({ key: id, depth, port, source, step: id, kind: 'step' });
    const ports = nodes[node]?.ports ?? [];
    const branching = ports.length > 1;
    const wires = outs[node] ?? [];
    for (const out of ports) {
      const wire = wires.find((each) => byId.get(each.id)?.port === out);
      const next = branching ? depth + 1 : depth;
      if (wire && ins[wire.to]?.length === 1) visit(wire.to, next, branching ? out : null, id);
      else if (branching)
        rows.push({
          key: `${id} ${out}`,
          depth: next,
          port: out,
          source: id,
          step: wire ? idOf(wire.to) : null,
          kind: 'way',
        });
    }
    for (const merge of (inside.get(node) ?? []).filter((each) => (ins[each]?.length ?? 0) > 1))
      visit(merge, depth, null, null);
  };
  const roots = (inside.get(-1) ?? []).toSorted((a, b) => (place.get(a) ?? 0) - (place.get(b) ?? 0));
  for (const root of roots) visit(root, 0, null, null);
  return rows;
}
