/**
 * Placing: each step owns a block holding everything it dominates.
 *
 * Its own branches stand side by side in port order, and merges are dropped below whatever they would touch.
 * A line that still has to leave the block keeps its column free: merges are shifted off it. So by construction
 * no line passes behind a card.
 */

import type { Flow, Wire } from './flow';
import type { Metrics } from './types';

/** Everything from the first row down to `bottom` is taken between `left` and `right`. */
interface Taken {
  left: number;
  right: number;
  bottom: number;
}

/** The part of a line that goes down: its column, and the row it comes from. */
interface Trunk {
  wire: Wire;
  x: number;
  row: number;
}

interface Block {
  /** How far the block reaches to either side of its step's centre. */
  left: number;
  right: number;
  rows: number;
  /** Lines that leave the block at its bottom. */
  open: Trunk[];
}

/** Where a step stands, counted from the centre and the row of the step that dominates it. */
export interface Offset {
  x: number;
  row: number;
}

export interface Placing {
  offsets: Offset[];
  /** The x of each lane, counted from the centre of the step it leaves. */
  lanes: Map<string, number>;
}

/** Work in progress inside one block, or at the top where the entries stand. */
interface Site {
  taken: Taken[];
  open: Trunk[];
}

/** Place every step of the flow, innermost blocks first. */
export function placeBlocks(flow: Flow, metrics: Metrics): Placing {
  const work = new BlockWork(flow, metrics);
  for (const node of [...flow.order].reverse()) work.build(node);
  work.buildTop();
  return work;
}

class BlockWork implements Placing {
  readonly offsets: Offset[];
  readonly lanes = new Map<string, number>();
  private readonly flow: Flow;
  private readonly metrics: Metrics;
  private readonly blocks: Block[];
  private readonly owned: number[][];
  private readonly tops: number[] = [];

  constructor(flow: Flow, metrics: Metrics) {
    this.flow = flow;
    this.metrics = metrics;
    this.offsets = flow.nodes.map(() => ({ x: 0, row: 0 }));
    this.blocks = flow.nodes.map(() => ({ left: 0, right: 0, rows: 0, open: [] }));
    this.owned = flow.nodes.map(() => []);
    for (const node of flow.order) (this.owned[flow.dominator[node] ?? -1] ?? this.tops).push(node);
  }

  /** Build the block of one step; the blocks it holds must be built. */
  build(node: number): void {
    const half = this.metrics.width / 2;
    const site: Site = { taken: [{ left: -half, right: half, bottom: 1 }], open: [] };
    this.placeBranches(node, site);
    for (const merge of this.owned[node] ?? []) {
      if (!this.isBranch(merge)) this.placeMerge(merge, site);
    }
    this.blocks[node] = {
      left: -Math.min(...site.taken.map((area) => area.left)),
      right: Math.max(...site.taken.map((area) => area.right)),
      rows: Math.max(...site.taken.map((area) => area.bottom)),
      open: site.open,
    };
  }

  /** Stand the entries side by side, and drop the merges they share below them. */
  buildTop(): void {
    const site: Site = { taken: [], open: [] };
    let x = 0;
    for (const entry of this.tops.filter((node) => this.insOf(node).length === 0)) {
      const block = this.block(entry);
      this.put(entry, { x: x + block.left, row: 0 }, site);
      x += block.left + block.right + this.metrics.gapX * 2;
    }
    for (const merge of this.tops) {
      if (this.insOf(merge).length > 0) this.placeMerge(merge, site);
    }
  }

  private block(node: number): Block {
    return this.blocks[node] as Block;
  }

  private insOf(node: number): Wire[] {
    return this.flow.ins[node] ?? [];
  }

  /** Only one line leads to it: it stands right under the step that line comes from. */
  private isBranch(node: number): boolean {
    return this.insOf(node).length === 1;
  }

  private placeBranches(node: number, site: Site): void {
    const wires = this.flow.outs[node] ?? [];
    const single = wires[0];
    if (wires.length === 1 && single && !this.isBranch(single.to)) {
      site.open.push({ wire: single, x: 0, row: 0 });
      return;
    }
    const { gapX, lane } = this.metrics;
    const halves = wires.map((wire) =>
      this.isBranch(wire.to) ? this.block(wire.to) : { left: lane / 2, right: lane / 2 },
    );
    let x = -middleOf(halves, gapX);
    wires.forEach((wire, i) => {
      const { left, right } = halves[i] ?? { left: 0, right: 0 };
      if (this.isBranch(wire.to)) this.put(wire.to, { x: x + left, row: 1 }, site);
      else this.putLane(wire, x + left, site);
      x += left + right + gapX;
    });
  }

  private putLane(wire: Wire, x: number, site: Site): void {
    const half = this.metrics.lane / 2;
    this.lanes.set(wire.id, x);
    site.taken.push({ left: x - half, right: x + half, bottom: 2 });
    site.open.push({ wire, x, row: 1 });
  }

  private put(node: number, offset: Offset, site: Site): void {
    const block = this.block(node);
    this.offsets[node] = offset;
    site.taken.push({
      left: offset.x - block.left,
      right: offset.x + block.right,
      bottom: offset.row + block.rows,
    });
    for (const trunk of block.open) {
      site.open.push({ wire: trunk.wire, x: trunk.x + offset.x, row: trunk.row + offset.row });
    }
  }

  private placeMerge(merge: number, site: Site): void {
    const { clearance, gapX } = this.metrics;
    const { left, right } = this.block(merge);
    const arriving = site.open.filter((trunk) => trunk.wire.to === merge);
    const passing = site.open.filter((trunk) => trunk.wire.to !== merge);
    const wished = median(arriving.map((trunk) => trunk.x));
    const x = nearestFree(
      wished,
      passing.map((trunk) => [trunk.x - right - clearance, trunk.x + left + clearance]),
    );
    const under = site.taken.filter((area) => area.left < x + right + gapX && x - left - gapX < area.right);
    const row = Math.max(1, ...arriving.map((trunk) => trunk.row + 1), ...under.map((area) => area.bottom));
    site.open = passing;
    for (const trunk of arriving) {
      site.taken.push({ left: trunk.x - clearance, right: trunk.x + clearance, bottom: row });
    }
    this.put(merge, { x, row }, site);
  }
}

/** The centre of the middle one among neighbours, or between the middle two, counted from their left end. */
function middleOf(halves: readonly { left: number; right: number }[], gap: number): number {
  let end = 0;
  const centres = halves.map(({ left, right }) => {
    const centre = end + left;
    end = centre + right + gap;
    return centre;
  });
  return median(centres);
}

/** The middle value, or the mean of the middle two: what keeps the middle line straight. */
function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const low = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
  const high = sorted[Math.floor(sorted.length / 2)] ?? 0;
  return (low + high) / 2;
}

/** The value closest to the wished one that lies inside none of the open intervals. */
export function nearestFree(wished: number, intervals: readonly (readonly [number, number])[]): number {
  let start = Number.NEGATIVE_INFINITY;
  let end = Number.NEGATIVE_INFINITY;
  for (const [from, to] of intervals.toSorted((a, b) => a[0] - b[0])) {
    if (from >= end) {
      if (start < wished && wished < end) break;
      start = from;
    }
    end = Math.max(end, to);
  }
  if (wished <= start || wished >= end) return wished;
  return wished - start <= end - wished ? start : end;
}
