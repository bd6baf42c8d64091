/** Edits of a journey: each takes a document and gives the next; the old one stays as it was. */

import type { DrawnNode, Edge, Journey } from '../../api/types';
import { freeLineIds, freeStepIds } from './ids';
import { rewire } from './ports';
import { inOrder, wayBetween } from './reach';

/** Where a step may be put: into a line, at a way out that leads nowhere, or beside the flow. */
export type Spot =
  | { kind: 'line'; edge: string }
  | { kind: 'port'; source: string; port: string }
  | { kind: 'ground' };

/** A kind of step as it is first added; `out` is the port by which the way goes on, null where it ends. */
export interface NewStep {
  type: string;
  name?: string;
  data: Record<string, unknown>;
  out: string | null;
}

/** Ids of a step's ports in drawing order. */
export type PortsOf = (step: string) => readonly string[];

export const GROUND: Spot = { kind: 'ground' };

/** The document with one step more, and that step's id. */
export function addStep(document: Journey, step: NewStep, spot: Spot): { document: Journey; id: string } {
  const id = freeStepIds(document).take(step.type);
  const node: DrawnNode = { id, type: step.type, name: step.name ?? '', data: step.data };
  const grown = { ...document, nodes: placed(document.nodes, node, spot, document.edges) };
  return { document: wireIn(grown, id, step.out, spot), id };
}

/** Nodes stand in the document in the order they are met, so that files read well. */
function placed(
  nodes: readonly DrawnNode[],
  node: DrawnNode,
  spot: Spot,
  edges: readonly Edge[],
): DrawnNode[] {
  const before = sourceOf(edges, spot);
  const at = nodes.findIndex((item) => item.id === before);
  return at < 0 ? [...nodes, node] : [...nodes.slice(0, at + 1), node, ...nodes.slice(at + 1)];
}

/** The step a spot follows. */
export function sourceOf(edges: readonly Edge[], spot: Spot): string | null {
  if (spot.kind === 'ground') return null;
  if (spot.kind === 'port') return spot.source;
  return edges.find((edge) => edge.id === spot.edge)?.source ?? null;
}

/** Lead the spot's way through `first` and, where `out` has a port, on from there. */
export function wireIn(
  document: Journey,
  first: string,
  out: string | null,
  spot: Spot,
  last = first,
): Journey {
  if (spot.kind === 'ground') return document;
  const ids = freeLineIds(document);
  if (spot.kind === 'port') {
    const edge = { id: ids.take(lineName(spot.source, spot.port)), source: spot.source, target: first };
    const others = document.edges.filter((item) => !leaves(item, spot.source, spot.port));
    return { ...document, edges: [...others, { ...edge, source_port: spot.port }] };
  }
  const edges = document.edges.flatMap((edge) => {
    if (edge.id !== spot.edge) return [edge];
    const upper = { ...edge, target: first };
    if (out === null) return [upper];
    return [
      upper,
      { id: ids.take(lineName(last, out)), source: last, source_port: out, target: edge.target },
    ];
  });
  return { ...document, edges };
}

/** Why a line may not be drawn: the circle it would close, as steps; null: it may. */
export function circleOf(document: Journey, source: string, target: string): string[] | null {
  const back = wayBetween(document.edges, target, source);
  return back && [source, ...back];
}

/** Draw a line from a port, instead of the one that leaves it; a line that would close a circle changes nothing. */
export function connect(document: Journey, source: string, port: string, target: string): Journey {
  const old = document.edges.find((edge) => leaves(edge, source, port));
  if (old?.target === target || circleOf(document, source, target)) return document;
  if (old) {
    return {
      ...document,
      edges: document.edges.map((edge) => (edge.id === old.id ? { ...edge, target } : edge)),
    };
  }
  const id = freeLineIds(document).take(lineName(source, port));
  return { ...document, edges: [...document.edges, { id, source, source_port: port, target }] };
}

export function disconnect(document: Journey, edge: string): Journey {
  return { ...document, edges: document.edges.filter((item) => item.id !== edge) };
}

/** Remove steps; whoever led to them leads on to what came after them. */
export function removeSteps(document: Journey, ids: Iterable<string>, portsOf?: PortsOf): Journey {
  const gone = new Set(ids);
  if (gone.size === 0) return document;
  const edges = document.edges.flatMap((edge) => {
    if (gone.has(edge.source)) return [];
    if (!gone.has(edge.target)) return [edge];
    const target = onwards(document.edges, edge.target, gone, portsOf);
    return target === null ? [] : [{ ...edge, target }];
  });
  const notes = document.notes.filter((note) => !gone.has(note.node_id));
  return { ...document, nodes: document.nodes.filter((node) => !gone.has(node.id)), edges, notes };
}

/** Follow the first ways out of removed steps until a step that stays. */
function onwards(
  edges: readonly Edge[],
  from: string,
  gone: ReadonlySet<string>,
  portsOf?: PortsOf,
): string | null {
  const seen = new Set<string>();
  let at: string | null = from;
  while (at !== null && gone.has(at)) {
    if (seen.has(at)) return null;
    seen.add(at);
    at = mainLine(edges, at, portsOf)?.target ?? null;
  }
  return at;
}

/** The line by which the way goes on from a step: that of its first port that is wired. */
export function mainLine(edges: readonly Edge[], step: string, portsOf?: PortsOf): Edge | undefined {
  const lines = edges.filter((edge) => edge.source === step);
  const ports = portsOf?.(step) ?? [];
  const rank = (edge: Edge) => {
    const index = ports.indexOf(edge.source_port);
    return index < 0 ? ports.length : index;
  };
  return lines.toSorted((a, b) => rank(a) - rank(b))[0];
}

/** Why a step cannot be moved to a spot: the spot lies behind one of its other branches. */
export function cannotMove(document: Journey, id: string, spot: Spot, portsOf?: PortsOf): boolean {
  if (spot.kind === 'ground') return false;
  const source = sourceOf(document.edges, spot);
  const line = spot.kind === 'line' ? document.edges.find((edge) => edge.id === spot.edge) : undefined;
  if (source === null || source === id || line?.target === id) return true;
  const taken = lifted(document, id, portsOf);
  return wayBetween(taken.edges, id, source) !== null;
}

/** Move a step to another spot: what led to it leads on, its other branches go with it. */
export function moveStep(
  document: Journey,
  id: string,
  out: string | null,
  spot: Spot,
  portsOf?: PortsOf,
): Journey {
  if (cannotMove(document, id, spot, portsOf)) return document;
  const free = lifted(document, id, portsOf);
  const wired = free.edges.some((edge) => out !== null && leaves(edge, id, out));
  return wireIn(free, id, wired ? null : out, spot);
}

/** Move steps together, in the order of the journey; what led to them leads on. null: they cannot go there. */
export function moveSteps(
  document: Journey,
  ids: readonly string[],
  spot: Spot,
  portsOf: PortsOf,
): Journey | null {
  const own = new Set(ids);
  const line = spot.kind === 'line' ? document.edges.find((edge) => edge.id === spot.edge) : undefined;
  if (own.has(sourceOf(document.edges, spot) ?? '') || own.has(line?.target ?? '')) return null;
  let moved = document;
  let at = spot;
  const placed = new Set<string>();
  for (const id of inOrder(document).filter((step) => own.has(step))) {
    const inputs = moved.edges.filter((edge) => edge.target === id);
    // A branch of one that was moved came along with it.
    const along = inputs.length > 0 && inputs.every((edge) => placed.has(edge.source));
    placed.add(id);
    if (along) continue;
    if (cannotMove(moved, id, at, portsOf)) return null;
    moved = moveStep(moved, id, portsOf(id)[0] ?? null, at, portsOf);
    at = behind(moved, id, portsOf);
  }
  return moved;
}

/** Where the main way goes on from a step. */
function behind(document: Journey, id: string, portsOf: PortsOf): Spot {
  const main = mainLine(document.edges, id, portsOf);
  if (main) return { kind: 'line', edge: main.id };
  const [port] = portsOf(id);
  return port === undefined ? GROUND : { kind: 'port', source: id, port };
}

/** A step taken out of its main way; its other branches stay with it. */
function lifted(document: Journey, id: string, portsOf?: PortsOf): Journey {
  const main = mainLine(document.edges, id, portsOf);
  const edges = document.edges.flatMap((edge) => {
    if (edge.id === main?.id) return [];
    if (edge.target !== id) return [edge];
    return main ? [{ ...edge, target: main.target }] : [];
  });
  return { ...document, edges };
}

export function renameStep(document: Journey, id: string, name: string): Journey {
  return changeStep(document, id, (node) => ({ ...node, name }));
}

/** Replace a step's settings; lines follow branches that were renamed and go with those removed. */
export function patchData(document: Journey, id: string, data: Record<string, unknown>): Journey {
  const before = document.nodes.find((node) => node.id === id);
  if (!before) return document;
  const changed = changeStep(document, id, (node) => ({ ...node, data }));
  return { ...changed, edges: rewire(document.edges, id, before.data, data) };
}

export function renameJourney(document: Journey, name: string): Journey {
  return { ...document, name };
}

/** Replace the settings of the journey as a whole. */
export function setSettings(document: Journey, settings: Record<string, unknown>): Journey {
  return { ...document, settings };
}

function changeStep(document: Journey, id: string, change: (node: DrawnNode) => DrawnNode): Journey {
  return { ...document, nodes: document.nodes.map((node) => (node.id === id ? change(node) : node)) };
}

export function leaves(edge: Edge, source: string, port: string): boolean {
  return edge.source === source && edge.source_port === port;
}

/** `wait` when it is the only way on, `split_yes` for a branch. */
export function lineName(source: string, port: string): string {
  return `${source}_${port}`;
}
