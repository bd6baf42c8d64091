/** Ways to compare: each is told apart, and going from one to another leaves a condition the server knows. */

import { describe, expect, it } from 'vitest';
import { begin, changeTo, choices, typeOf } from './columns';
import { wayOf, waysFor, withWay } from './comparison';
import { pathInRule } from './queries';
import { readRule } from './rule';
import { randomComparison, seeded } from './rule.fixtures';

const column = (name: string, type: 'number' | 'text' | 'boolean' | 'date', contact = false) => ({
  name,
  type,
  contact,
});
const SOURCES = {
  customers: {
    table: 'shop.customers',
    key: 'id',
    columns: [
      column('id', 'number'),
      column('city', 'text'),
      column('since', 'date'),
      column('country', 'text'),
    ],
  },
  related: [
    {
      name: 'propensities',
      table: 'shop.propensities',
      key: 'id',
      cardinality: 'one' as const,
      happened_at: null,
      scores: true,
      columns: [column('id', 'number'), column('bread', 'number'), column('model', 'text')],
    },
    {
      name: 'purchases',
      table: 'shop.purchases',
      key: 'id',
      cardinality: 'many' as const,
      happened_at: 'at',
      scores: false,
      columns: [column('id', 'number'), column('amount', 'number')],
    },
  ],
  consents: ['email'],
};
const TYPES = ['number', 'text', 'boolean', 'date', 'timestamp', 'other'] as const;

describe('ways', () => {
  it('each is what it was set to', () => {
    for (let seed = 1; seed < 200; seed += 1) {
      const rule = randomComparison(seeded(seed));
      for (const way of TYPES.flatMap(waysFor)) {
        const next = withWay(rule, way.value);
        expect(wayOf(next)).toBe(way.value);
        expect(readRule(next)).toEqual(next);
        expect(next.column).toBe(rule.column);
      }
    }
  });

  it('keep a value where it fits', () => {
    const one = withWay({ kind: 'text', column: 'city', op: 'is', value: 'Paris' }, 'one_of');
    expect(one).toEqual({ kind: 'one_of', column: 'city', values: ['Paris'] });
    expect(withWay(one, 'text:starts_with')).toMatchObject({ value: 'Paris' });
    const week = withWay(
      { kind: 'date', column: 'd', op: 'after', value: { days_ago: 7 }, to: null },
      'date:in_last',
    );
    expect(week).toMatchObject({ op: 'between', value: { days_ago: 7 }, to: { days_ago: 0 } });
  });
});

describe('columns', () => {
  it('each choice begins a condition about it', () => {
    const all = choices(SOURCES, true, [{ id: 'offer', name: 'Offer' }]).flatMap((group) => group.options);
    expect(all.map((option) => option.value)).toEqual([
      'column:city',
      'column:since',
      'column:country',
      'column:id',
      'score:bread',
      'column:propensities.model',
      'events:purchases',
      'message:offer',
      'consent:',
      'in_audience:',
    ]);
    for (const { value } of all)
      expect(readRule(begin(value, SOURCES, false))).toEqual(begin(value, SOURCES, false));
  });

  it('the type of a column is found by its path', () => {
    expect(typeOf('city', SOURCES)).toBe('text');
    expect(typeOf('propensities.bread', SOURCES)).toBe('number');
    expect(typeOf('nowhere.at_all', SOURCES)).toBe('other');
  });

  it('another column of the same type keeps how it is compared', () => {
    const rule = { kind: 'one_of' as const, column: 'city', values: ['NL'] };
    expect(changeTo(rule, 'column:country', SOURCES, false)).toEqual({ ...rule, column: 'country' });
    expect(changeTo(rule, 'column:since', SOURCES, false).kind).toBe('date');
    const score = { kind: 'score' as const, category: 'soda', low: 0.4, high: 0.7 };
    expect(changeTo(score, 'score:bread', SOURCES, false)).toEqual({ ...score, category: 'bread' });
  });
});

describe('problems of a rule', () => {
  it('lead to their part, without the kinds in between', () => {
    const rule = readRule({
      kind: 'all',
      of: [{ kind: 'not', rule: { kind: 'text', column: 'x', op: 'is', value: '' } }],
    });
    const raw = ['rule', 'all', 'of', 0, 'not', 'rule', 'text', 'value'];
    expect(pathInRule(raw, rule)).toEqual(['of', 0, 'rule', 'value']);
    expect(pathInRule(['of', 0, 'rule', 'column'], rule)).toEqual(['of', 0, 'rule', 'column']);
    expect(pathInRule(['rule', 'column'], rule.kind === 'all' ? rule.of[0] : rule)).toEqual([
      'rule',
      'column',
    ]);
  });
});
