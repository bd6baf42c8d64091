/** Which journeys are listed, and in which order; both are kept in the page's address. */

import { type JourneyRow, STATUSES, type Status, statusOf } from '../api/types';

export const COLUMNS = [
  'name',
  'status',
  'owner',
  'inside',
  'entered',
  'sent',
  'converted',
  'next',
  'version',
  'edited',
] as const;
export type Column = (typeof COLUMNS)[number];
export type Direction = 'up' | 'down';

export interface ListSearch {
  text?: string;
  status?: Status;
  sort?: Column;
  order?: Direction;
}

/** What an address asks for; what it cannot ask for is left out. */
export function listSearch({ text, status, sort, order }: Record<string, unknown>): ListSearch {
  const column = COLUMNS.find((each) => each === sort);
  const wanted = STATUSES.find((each) => each === status);
  return {
    ...(typeof text === 'string' && text.trim() ? { text } : {}),
    ...(wanted ? { status: wanted } : {}),
    ...(column ? { sort: column } : {}),
    ...(column && (order === 'up' || order === 'down') ? { order } : {}),
  };
}

/** Names and what is due next begin with the first; counts and edits with the largest. */
export function natural(column: Column): Direction {
  return ['name', 'owner', 'status', 'next'].includes(column) ? 'up' : 'down';
}

/** How a column is ordered now, or null. */
export function directionOf(search: ListSearch, column: Column): Direction | null {
  const sorted = search.sort ?? 'edited';
  return sorted === column ? (search.order ?? natural(column)) : null;
}

/** The search after a press on a column's head: by it, then the other way round. */
export function turned(search: ListSearch, column: Column): ListSearch {
  const now = directionOf(search, column);
  const { order: _, ...rest } = search;
  if (now === null) return { ...rest, sort: column };
  const next = now === 'up' ? 'down' : 'up';
  return { ...rest, sort: column, ...(next === natural(column) ? {} : { order: next }) };
}

/** The rows that are asked for, in the order that is asked for; those without a value come last either way. */
export function listed(rows: readonly JourneyRow[], search: ListSearch): JourneyRow[] {
  const wanted = plainOf(search.text ?? '')
    .split(' ')
    .filter(Boolean);
  const found = rows.filter((row) => {
    const said = plainOf(`${row.name} ${row.id} ${row.owner}`);
    return (!search.status || row.status === search.status) && wanted.every((word) => said.includes(word));
  });
  const column = search.sort ?? 'edited';
  const sign = directionOf(search, column) === 'down' ? -1 : 1;
  return found.sort((a, b) => {
    const [one, other] = [sortKey(a, column), sortKey(b, column)];
    if (one === null || other === null) return Number(one === null) - Number(other === null);
    return sign * compared(one, other) || a.name.localeCompare(b.name);
  });
}

function sortKey(row: JourneyRow, column: Column): string | number | null {
  switch (column) {
    case 'name':
      return row.name;
    case 'owner':
      return row.owner || null;
    case 'status':
      return ORDER.indexOf(statusOf(row.status));
    case 'inside':
      return row.counts?.inside ?? null;
    case 'entered':
      return row.counts?.entered ?? null;
    case 'sent':
      return row.sent;
    case 'converted':
      return row.counts?.converted ?? null;
    case 'next':
      return row.next_due_at && new Date(row.next_due_at).getTime();
    case 'version':
      return row.version;
    case 'edited':
      return new Date(row.updated_at).getTime();
  }
}

/** From what runs to what is over. */
const ORDER: readonly Status[] = ['live', 'paused', 'published', 'draft', 'finished', 'stopped'];

function compared(a: string | number, b: string | number): number {
  return typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b));
}

function plainOf(text: string): string {
  return text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase();
}
