/** Two documents in one drawing: what is new, what is otherwise, and what went stands there too. */

import type { Edge, Journey } from '../../api/types';
import { changesBetween } from './changes';

export type Mark = 'added' | 'changed' | 'removed';

export interface Compared {
  /** The newer document with what only the older one has. */
  document: Journey;
  steps: ReadonlyMap<string, Mark>;
  lines: ReadonlyMap<string, Mark>;
}

export function compared(older: Journey, newer: Journey): Compared {
  const { added, changed, removed } = changesBetween(older, newer);
  const steps = new Map<string, Mark>();
  for (const { id } of added) steps.set(id, 'added');
  for (const { id } of changed) steps.set(id, 'changed');
  for (const { id } of removed) steps.set(id, 'removed');
  const before = new Set(older.edges.map(wayOf));
  const after = new Set(newer.edges.map(wayOf));
  const lines = new Map<string, Mark>();
  for (const edge of newer.edges) if (!before.has(wayOf(edge))) lines.set(edge.id, 'added');
  const gone = older.edges
    .filter((edge) => !after.has(wayOf(edge)))
    // No id of the newer document has a space in it.
    .map((edge) => ({ ...edge, id: `was ${edge.id}` }));
  for (const { id } of gone) lines.set(id, 'removed');
  const document = {
    ...newer,
    nodes: [...newer.nodes, ...removed],
    edges: [...newer.edges, ...gone],
  };
  return { document, steps, lines };
}

function wayOf({ source, source_port, target }: Edge): string {
  return `${source} ${source_port} ${target}`;
}
