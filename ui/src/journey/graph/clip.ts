/** Copies: steps with the lines between them, as text that can be pasted into any journey. */

import type { DrawnNode, Edge, Journey } from '../../api/types';
import { freeLineIds, freeStepIds, stemOf } from './ids';
import { GROUND, leaves, lineName, type PortsOf, type Spot, wireIn } from './ops';
import { branchOf } from './reach';

const MARK = 'sojourn/steps';

interface Clip {
  nodes: DrawnNode[];
  edges: Edge[];
}

/** The steps as text for the clipboard, in document order. */
export function copySteps(document: Journey, ids: Iterable<string>): string {
  const wanted = new Set(ids);
  const clip: Clip = {
    nodes: document.nodes.filter((node) => wanted.has(node.id)),
    edges: document.edges.filter((edge) => wanted.has(edge.source) && wanted.has(edge.target)),
  };
  return JSON.stringify({ kind: MARK, ...clip }, null, 2);
}

/** The steps in a text of the clipboard; null: it holds something else. */
export function readClip(text: string): Clip | null {
  try {
    const found: unknown = JSON.parse(text);
    if (!isRecord(found) || found.kind !== MARK) return null;
    const { nodes, edges } = found;
    if (!Array.isArray(nodes) || !Array.isArray(edges) || nodes.length === 0) return null;
    return nodes.every(isNode) && edges.every(isEdge) ? { nodes, edges } : null;
  } catch {
    return null;
  }
}

/** Put copied steps into a document; their first and last step are led into the spot's way where that is clear. */
export function pasteSteps(
  document: Journey,
  clip: Clip,
  spot: Spot,
  portsOf: (node: DrawnNode) => readonly string[],
): { document: Journey; ids: string[] } {
  const steps = freeStepIds(document);
  const lines = freeLineIds(document);
  const renamed = new Map(clip.nodes.map((node) => [node.id, steps.take(stemOf(node.id))]));
  const nodes = clip.nodes.map((node) => ({ ...node, id: renamed.get(node.id) as string }));
  const edges = clip.edges.flatMap((edge) => {
    const source = renamed.get(edge.source);
    const target = renamed.get(edge.target);
    if (!source || !target) return [];
    return [
      { id: lines.take(lineName(source, edge.source_port)), source, target, source_port: edge.source_port },
    ];
  });
  const grown = {
    ...document,
    nodes: [...document.nodes, ...nodes],
    edges: [...document.edges, ...edges],
  };
  const chain = chainOf({ nodes, edges }, portsOf);
  const wired = chain ? wireIn(grown, chain.first, chain.out, spot, chain.last) : grown;
  return { document: wired, ids: nodes.map((node) => node.id) };
}

/** The one step nothing in the clip leads to, and the step and port where its main way leaves the clip. */
function chainOf(
  clip: Clip,
  portsOf: (node: DrawnNode) => readonly string[],
): { first: string; last: string; out: string | null } | null {
  const reached = new Set(clip.edges.map((edge) => edge.target));
  const roots = clip.nodes.filter((node) => !reached.has(node.id));
  const root = roots[0];
  if (!root || roots.length > 1) return null;
  const byId = new Map(clip.nodes.map((node) => [node.id, node]));
  let last = root;
  for (let steps = 0; steps <= clip.nodes.length; steps += 1) {
    const out = portsOf(last)[0] ?? null;
    const line = clip.edges.find((edge) => out !== null && leaves(edge, last.id, out));
    const next = line && byId.get(line.target);
    if (!next) return { first: root.id, last: last.id, out };
    last = next;
  }
  return null;
}

/** A step and all that hangs on it alone once more, beside the flow; the copy joins again where the original does. */
export function duplicateBranch(document: Journey, root: string): { document: Journey; ids: string[] } {
  const all = document.nodes.map((node) => node.id);
  const inside = branchOf(document.edges, root, all);
  const clip = readClip(copySteps(document, inside));
  if (!clip) return { document, ids: [] };
  const pasted = pasteSteps(document, clip, GROUND, () => []);
  const copies = new Map(clip.nodes.map((node, i) => [node.id, pasted.ids[i] as string]));
  const lines = freeLineIds(pasted.document);
  const joins = document.edges
    .filter((edge) => inside.has(edge.source) && !inside.has(edge.target))
    .map((edge) => {
      const source = copies.get(edge.source) as string;
      return { ...edge, id: lines.take(lineName(source, edge.source_port)), source };
    });
  return {
    document: { ...pasted.document, edges: [...pasted.document.edges, ...joins] },
    ids: pasted.ids,
  };
}

/** One step once more, right behind itself. */
export function duplicateStep(
  document: Journey,
  id: string,
  portsOf: PortsOf,
): { document: Journey; ids: string[] } {
  const clip = readClip(copySteps(document, [id]));
  if (!clip) return { document, ids: [] };
  const out = portsOf(id)[0];
  const line = document.edges.find((edge) => out !== undefined && leaves(edge, id, out));
  const spot: Spot = line
    ? { kind: 'line', edge: line.id }
    : out === undefined
      ? GROUND
      : { kind: 'port', source: id, port: out };
  return pasteSteps(document, clip, spot, () => portsOf(id));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isNode(value: unknown): value is DrawnNode {
  if (!isRecord(value)) return false;
  const { id, type, name, data } = value;
  return typeof id === 'string' && typeof type === 'string' && typeof name === 'string' && isRecord(data);
}

function isEdge(value: unknown): value is Edge {
  if (!isRecord(value)) return false;
  return [value.id, value.source, value.source_port, value.target].every((part) => typeof part === 'string');
}
