/** What is different between two documents: steps added, removed and changed, and whether lines moved. */

import type { DrawnNode, Journey } from '../../api/types';

export interface Changes {
  added: DrawnNode[];
  removed: DrawnNode[];
  /** As they are in the newer document. */
  changed: DrawnNode[];
  /** Lines of steps that are in both. */
  rewired: boolean;
  renamed: boolean;
  /** Settings of the journey as a whole. */
  settings: boolean;
  notes: boolean;
}

export function changesBetween(older: Journey, newer: Journey): Changes {
  const before = new Map(older.nodes.map((node) => [node.id, node]));
  const after = new Set(newer.nodes.map((node) => node.id));
  return {
    added: newer.nodes.filter((node) => !before.has(node.id)),
    removed: older.nodes.filter((node) => !after.has(node.id)),
    changed: newer.nodes.filter((node) => {
      const old = before.get(node.id);
      return old !== undefined && canonical(old) !== canonical(node);
    }),
    rewired: linesOf(older) !== linesOf(newer),
    settings: canonical(older.settings) !== canonical(newer.settings),
    notes: canonical(older.notes) !== canonical(newer.notes),
    renamed: older.name !== newer.name || older.description !== newer.description,
  };
}

export function isSame(one: Journey, other: Journey): boolean {
  return one === other || canonical(one) === canonical(other);
}

/** The same text for the same content, whatever the order of keys. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

function linesOf(document: Journey): string {
  const lines = document.edges.map((edge) => `${edge.source} ${edge.source_port} ${edge.target}`);
  return lines.sort().join('\n');
}
