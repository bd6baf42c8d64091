/** Finding kinds of steps by what they are called. */

import type { NodeFace } from '../../../api/types';
import type { Starter } from './starters';

/** Those whose name or hint holds every word of the wish; those whose name alone does come first. */
export function matching<Item extends { title: string; hint: string }>(
  items: readonly Item[],
  wish: string,
): Item[] {
  const parts = wish.toLowerCase().split(/\s+/).filter(Boolean);
  const holds = (text: string) => parts.every((part) => text.toLowerCase().includes(part));
  return items
    .filter((item) => holds(`${item.title} ${item.hint}`))
    .sort((a, b) => Number(holds(b.title)) - Number(holds(a.title)));
}

export function grouped(starters: readonly Starter[]): { group: NodeFace['group']; items: Starter[] }[] {
  const groups = [...new Set(starters.map((starter) => starter.group))];
  return groups.map((group) => ({ group, items: starters.filter((starter) => starter.group === group) }));
}
