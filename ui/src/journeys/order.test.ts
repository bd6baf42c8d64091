/** The list of journeys shows what its address asks for. */

import { expect, test } from 'vitest';
import type { JourneyRow } from '../api/types';
import { type ListSearch, listed, listSearch, turned } from './order';

function row(
  id: string,
  status: JourneyRow['status'],
  inside: number | null,
  due: string | null,
): JourneyRow {
  const counts = inside === null ? null : { entered: 2 * inside, inside, ended: inside };
  const updated_at = `2026-03-0${id.length}T10:00:00Z`;
  const rest = {
    revision: 1,
    version: null,
    published_at: null,
    sent: inside,
    owner: id === 'soda' ? 'Ana' : '',
  };
  return { id, name: id, status, counts, updated_at, next_due_at: due, ...rest } as JourneyRow;
}

const ROWS = [
  row('Pão', 'live', 20, '2026-03-05T10:00:00Z'),
  row('soda', 'draft', null, null),
  row('bread', 'live', 100, '2026-03-04T10:00:00Z'),
];

function shown(search: ListSearch): string[] {
  return listed(ROWS, search).map((each) => each.id);
}

test('the last edited is first until something else is asked for', () => {
  expect(shown({})).toEqual(['bread', 'soda', 'Pão']);
  expect(shown({ text: 'pao' })).toEqual(['Pão']);
  expect(shown({ status: 'live', sort: 'name' })).toEqual(['bread', 'Pão']);
  expect(shown({ text: 'nothing' })).toEqual([]);
});

test('a second press turns the order round, and rows without a value stay last', () => {
  const once = turned({ status: 'live' }, 'inside');
  expect(once).toEqual({ status: 'live', sort: 'inside' });
  const twice = turned(once, 'inside');
  expect(twice).toEqual({ status: 'live', sort: 'inside', order: 'up' });
  expect(turned(twice, 'inside')).toEqual(once);
  expect(shown({ sort: 'inside' })).toEqual(['bread', 'Pão', 'soda']);
  expect(shown({ sort: 'inside', order: 'up' })).toEqual(['Pão', 'bread', 'soda']);
  expect(shown({ sort: 'next' })).toEqual(['bread', 'Pão', 'soda']);
});

test('an address keeps only what the list understands', () => {
  expect(listSearch({ text: ' ', status: 'burning', sort: 'id', order: 'down', more: 1 })).toEqual({});
  const whole = { text: 'so', status: 'live', sort: 'sent', order: 'up' } as const;
  expect(listSearch({ ...whole })).toEqual(whole);
});

test('an owner is found by name, and journeys without one come last', () => {
  expect(shown({ text: 'ana' })).toEqual(['soda']);
  expect(shown({ sort: 'owner' })[0]).toBe('soda');
  expect(shown({ sort: 'owner', order: 'down' })[0]).toBe('soda');
});
