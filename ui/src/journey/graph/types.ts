/** The words of layout: what goes in (steps with ports, lines), and what comes out (places and routes). */

export interface LayoutNode {
  id: string;
  /** Ids of the ways out, from left to right. */
  ports: readonly string[];
}

export interface LayoutEdge {
  id: string;
  source: string;
  port: string;
  target: string;
}

export interface Point {
  x: number;
  y: number;
}

export interface Bounds {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Sizes, in canvas pixels. */
export interface Metrics {
  width: number;
  height: number;
  /** Space between neighbouring columns. */
  gapX: number;
  /** Space between rows; every horizontal stretch of a line lies in it. */
  gapY: number;
  /** Width kept free for a line that goes straight to a later merge. */
  lane: number;
  /** How far a passing line stays from a card. */
  clearance: number;
}

export const METRICS: Metrics = { width: 264, height: 76, gapX: 40, gapY: 60, lane: 96, clearance: 40 };

export interface Layout {
  /** Top-left corner of each step. */
  positions: ReadonlyMap<string, Point>;
  /** The x along which each line goes down. */
  trunks: ReadonlyMap<string, number>;
  /** Lines that close a circle: drawn around the side, never counted for placing. */
  loops: ReadonlySet<string>;
  bounds: Bounds;
}

export interface Route {
  /** Corners of the line, from the port to the target. */
  points: readonly Point[];
  /** Where the line's label is centred. */
  label: Point;
}
