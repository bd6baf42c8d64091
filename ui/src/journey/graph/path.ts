/** A line's corners as an SVG path with rounded corners. */

import type { Point } from './types';

const RADIUS = 12;

/** The `d` of a path along the points. */
export function roundedPath(points: readonly Point[], radius = RADIUS): string {
  const first = points[0];
  const last = points.at(-1);
  if (!first || !last) return '';
  let path = `M${at(first)}`;
  for (let i = 1; i < points.length - 1; i += 1) {
    path += corner(points[i - 1] as Point, points[i] as Point, points[i + 1] as Point, radius);
  }
  return `${path}L${at(last)}`;
}

function corner(before: Point, point: Point, after: Point, radius: number): string {
  const reach = Math.min(radius, distance(before, point) / 2, distance(point, after) / 2);
  return `L${at(towards(point, before, reach))}Q${at(point)} ${at(towards(point, after, reach))}`;
}

function towards(from: Point, to: Point, reach: number): Point {
  const length = distance(from, to) || 1;
  return { x: from.x + ((to.x - from.x) / length) * reach, y: from.y + ((to.y - from.y) / length) * reach };
}

function distance(a: Point, b: Point): number {
  return Math.hypot(b.x - a.x, b.y - a.y);
}

function at(point: Point): string {
  return `${round(point.x)},${round(point.y)}`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
