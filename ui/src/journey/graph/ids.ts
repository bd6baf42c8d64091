/** Ids that people can read: `wait`, `wait_2`, `wait_3`. */

import type { Journey } from '../../api/types';

const LONGEST = 64;

/** Hands out ids that nothing in the document has yet; each only once. */
export class FreeIds {
  private readonly taken: Set<string>;

  constructor(taken: Iterable<string>) {
    this.taken = new Set(taken);
  }

  take(wish: string): string {
    const stem = cleaned(wish);
    let id = stem;
    for (let number = 2; this.taken.has(id); number += 1) {
      const tail = `_${number}`;
      id = stem.slice(0, LONGEST - tail.length) + tail;
    }
    this.taken.add(id);
    return id;
  }
}

export function freeStepIds(document: Journey): FreeIds {
  return new FreeIds(document.nodes.map((node) => node.id));
}

export function freeLineIds(document: Journey): FreeIds {
  return new FreeIds(document.edges.map((edge) => edge.id));
}

/** A copy's id starts from the original's, without the number that made that one unique. */
export function stemOf(id: string): string {
  return id.replace(/_\d+$/, '');
}

function cleaned(wish: string): string {
  const id = wish.replaceAll(/[^A-Za-z0-9_-]+/g, '_').slice(0, LONGEST);
  return /^[A-Za-z]/.test(id) ? id : `s_${id}`.slice(0, LONGEST);
}
