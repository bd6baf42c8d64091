/** Finding kinds of steps by what they are called. */

import type { NodeFace } from '../../../api/types';
import type { Starter } from './starters';

/** Those whose name or hint holds every word of the wish. */
export function matching<Item extends { title: string; hint: string }>(
  items: readonly Item[],
  wish: string,
): Item[] {
  const parts = wish.toLowerCase().split(/\s+/).filter(Boolean);
  return items.filter((item) => {
    const text = `${item.title} ${item.hint}`.toLowerCase();
    return parts.every((part) => text.includes(part));
  });
}

export function grouped(starters: readonly Starter[]): { group: NodeFace['group']; items: Starter[] }[] {
  const groups = [...new Set(starters.map((starter) => starter.group))];
  return groups.map((group) => ({ group, items: starters.filter((starter) => starter.group === group) }));
}
