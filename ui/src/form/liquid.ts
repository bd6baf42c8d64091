/** Finding one's way in a text with Liquid in it. */

import { plain, sentence } from '../app/format';
import type { Sources } from './catalogue';
import type { PickGroup } from './pop/Picker';
import { words } from './words';

/** What templates may name: customers' columns, and those of tables with one row for each customer. */
export function variables(sources: Sources): PickGroup[] {
  const own = sources.customers.columns.map(({ name, type }) => ({
    value: name,
    label: sentence(plain(name)),
    hint: words.column[type],
  }));
  const related = sources.related
    .filter((table) => table.cardinality === 'one')
    .map((table) => ({
      title: sentence(plain(table.name)),
      options: table.columns
        .filter((column) => column.name !== table.key)
        .map(({ name, type }) => ({
          value: `${table.name}.${name}`,
          label: sentence(plain(name)),
          hint: words.column[type],
        })),
    }));
  return [
    { title: sentence(plain(sources.customers.table.split('.').at(-1) ?? '')), options: own },
    ...related,
  ];
}

/** The links that each message has of its own. */
export function links(): PickGroup {
  const { links: title, unsubscribe, preferences } = words.liquid;
  return {
    title,
    options: [
      { value: 'unsubscribe_url', label: unsubscribe },
      { value: 'preferences_url', label: preferences },
    ],
  };
}

const OPEN = /\{\{-?\s*([\w.]*)$/;

/** The beginning of a name that is being written after `{{`, or null where none is. */
export function beginning(text: string, caret: number): string | null {
  return OPEN.exec(text.slice(0, caret))?.[1] ?? null;
}

/** The names that fit what is written so far: those that begin with it first. */
export function fitting(names: readonly string[], written: string, most: number): string[] {
  const wanted = written.toLowerCase();
  const rank = (name: string) => {
    const lower = name.toLowerCase();
    if (lower.startsWith(wanted)) return 0;
    return lower.split('.').some((part) => part.startsWith(wanted)) ? 1 : lower.includes(wanted) ? 2 : 3;
  };
  return names
    .map((name) => ({ name, rank: rank(name) }))
    .filter((each) => each.rank < 3)
    .sort((a, b) => a.rank - b.rank)
    .slice(0, most)
    .map((each) => each.name);
}

export interface Written {
  text: string;
  caret: number;
}

/** A name put in at the caret: it completes what is open there, or comes with braces of its own. */
export function withName(text: string, caret: number, name: string): Written {
  const open = beginning(text, caret);
  const before = text.slice(0, caret - (open?.length ?? 0));
  const after = text.slice(caret);
  if (open === null) {
    const put = `{{ ${name} }}`;
    return { text: before + put + after, caret: before.length + put.length };
  }
  const spaced = /\s$/.test(before) ? name : ` ${name}`;
  const closing = /^\s*-?\}\}/.exec(after)?.[0];
  const put = closing === undefined ? `${spaced} }}` : spaced;
  return { text: before + put + after, caret: before.length + put.length + (closing?.length ?? 0) };
}
