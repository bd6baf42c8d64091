/** What forms are made from: schemas, durations, shares, templates, problems. */

import { describe, expect, it } from 'vitest';
import { readDuration, writeDuration } from './duration';
import { beginning, fitting, withName } from './liquid';
import { toInstant, toLocal } from './moment';
import { exactly, say, within } from './problems';
import { blank, freshId, resolve, type Schema, shapeOf, titleOf, variants, withDefaults } from './schema';
import { equalShares, missing, withOneMore } from './weights';

const ROOT: Schema = {
  $defs: {
    Once: { type: 'object', properties: { kind: { const: 'once', type: 'string' } } },
    Every: {
      type: 'object',
      properties: { kind: { const: 'every' }, minutes: { type: 'integer', minimum: 1 } },
      required: ['minutes'],
    },
    Tree: {
      type: 'object',
      properties: { label: { type: 'string' }, inner: { $ref: '#/$defs/Tree' } },
      required: ['label', 'inner'],
    },
  },
};
const WHEN: Schema = {
  oneOf: [{ $ref: '#/$defs/Once' }, { $ref: '#/$defs/Every' }],
  discriminator: { propertyName: 'kind' },
};

describe('schemas', () => {
  it('a reference is followed, the words next to it win', () => {
    expect(resolve({ $ref: '#/$defs/Once', title: 'At once' }, ROOT)).toMatchObject({
      type: 'object',
      title: 'At once',
    });
  });

  it('a value or null is the value, and may be empty', () => {
    const part = resolve({ anyOf: [{ type: 'string' }, { type: 'null' }], title: 'To' }, ROOT);
    expect(part).toEqual({ type: 'string', title: 'To', nullable: true });
  });

  it('what no field is made for is JSON, never an error', () => {
    const odd: Schema[] = [
      {},
      { type: 'object' },
      { type: 'array' },
      { anyOf: [{ type: 'string' }, { type: 'number' }] },
      { oneOf: [{ type: 'string' }] },
      { enum: [{}] },
      { type: 'new' },
      { $ref: '#/$defs/Nowhere' },
    ];
    for (const schema of odd) expect(shapeOf(resolve(schema, ROOT), ['rule'])).toBe('unknown');
  });

  it('an unknown widget leaves the field to its type', () => {
    expect(shapeOf({ type: 'string', 'x-widget': 'new' }, ['rule'])).toBe('text');
    expect(shapeOf({ type: 'string', 'x-widget': 'channel:message' }, ['channel'])).toBe('widget');
  });

  it('alternatives are found by what picks them', () => {
    expect([...variants(WHEN, ROOT).keys()]).toEqual(['once', 'every']);
    expect(blank(WHEN, ROOT)).toEqual({ kind: 'once' });
    expect(blank({ $ref: '#/$defs/Every' }, ROOT)).toEqual({ kind: 'every', minutes: 1 });
  });

  it('a schema that contains itself still begins somewhere', () => {
    expect(JSON.stringify(blank({ $ref: '#/$defs/Tree' }, ROOT)).length).toBeLessThan(500);
  });

  it('defaults are seen, and do not replace what is there', () => {
    const schema: Schema = { properties: { a: { default: 1 }, b: { default: 2 }, c: {} } };
    expect(withDefaults({ a: 5 }, schema, ROOT)).toEqual({ a: 5, b: 2 });
  });

  it('titles made from names are put in words', () => {
    expect(titleOf('one_per_address', { title: 'One Per Address' })).toBe('Once per address');
    expect(titleOf('rule', { title: 'Who goes by yes' })).toBe('Who goes by yes');
  });

  it('an id is new', () => {
    expect(freshId('arm', ['arm_3', 'a', 'b'])).toBe('arm_4');
  });
});

describe('instants', () => {
  it('what is picked by the clock here is kept with its offset, and shown the same again', () => {
    const kept = toInstant('2026-07-01T09:30');
    expect(kept).toMatch(/^2026-07-01T09:30:00[+-]\d\d:\d\d$/);
    expect(toLocal(kept)).toBe('2026-07-01T09:30');
    expect(new Date(toLocal('2026-07-01T12:00:00Z')).toISOString()).toBe('2026-07-01T12:00:00.000Z');
    expect(toLocal('soon')).toBe('');
  });
});

describe('durations', () => {
  it.each([
    ['P2D', 2, 'day'],
    ['PT90M', 90, 'minute'],
    ['PT36H', 36, 'hour'],
    ['P2W', 2, 'week'],
    ['P14D', 14, 'day'],
    ['P1DT12H', 36, 'hour'],
    ['PT3600S', 1, 'hour'],
  ])('%s', (text, amount, unit) => {
    expect(readDuration(text)).toEqual({ amount, unit });
  });

  it('what is written is read back', () => {
    for (const unit of ['minute', 'hour', 'day', 'week'] as const) {
      for (const amount of [1, 7, 60, 365]) {
        expect(readDuration(writeDuration({ amount, unit }))).toEqual({ amount, unit });
      }
    }
  });

  it('others are left to the person who wrote them', () => {
    for (const text of ['', 'P', 'PT', '2 days', 'PT5S', 'P1Y', '-P2D'])
      expect(readDuration(text)).toBeNull();
  });
});

describe('shares', () => {
  it('equal ones sum to 100 %, two decimals each', () => {
    for (let count = 1; count <= 20; count += 1) {
      const shares = equalShares(count);
      expect(missing(shares)).toBe(0);
      expect(Math.max(...shares) - Math.min(...shares)).toBeLessThan(0.011);
    }
  });

  it('makes room for one more without an arm of nothing', () => {
    expect(withOneMore([50, 50])).toEqual([33.34, 33.33, 33.33]);
    expect(withOneMore([60, 30])).toEqual([60, 30, 10]);
    expect(withOneMore([70, 30])).toEqual([70, 15, 15]);
    expect(withOneMore([])).toEqual([100]);
  });

  it('says what is missing, and what is too much, exactly', () => {
    expect(missing([33.34, 33.33, 33.33])).toBe(0);
    expect(missing([0.1, 0.2])).toBe(9970);
    expect(missing([60, 50])).toBe(-1000);
  });
});

describe('templates', () => {
  it('a name begins after two braces', () => {
    expect(beginning('Hi {{ fir', 9)).toBe('fir');
    expect(beginning('Hi {{', 5)).toBe('');
    expect(beginning('Hi {{ a }} b', 12)).toBeNull();
    expect(beginning('Hi {{ a | up', 12)).toBeNull();
  });

  it('a chosen name completes what is open, or brings its own braces', () => {
    expect(withName('Hi {{ fir', 9, 'first_name')).toEqual({ text: 'Hi {{ first_name }}', caret: 19 });
    expect(withName('Hi {{fir }}!', 8, 'first_name')).toEqual({ text: 'Hi {{ first_name }}!', caret: 19 });
    expect(withName('Hi !', 3, 'city')).toEqual({ text: 'Hi {{ city }}!', caret: 13 });
  });

  it('names that begin with it come first', () => {
    const names = ['home_city', 'city', 'propensities.city_trips', 'age'];
    expect(fitting(names, 'ci', 5)).toEqual(['city', 'propensities.city_trips', 'home_city']);
  });
});

describe('problems', () => {
  const problem = (path: (string | number)[], code = 'x', text = 'wrong', fix = '') => ({
    path,
    code,
    text,
    fix,
    severity: 'error' as const,
  });

  it('belong to the field they are in', () => {
    const all = [problem(['arms', 0, 'id']), problem(['arms']), problem(['step', 'html'])];
    expect(within(all, ['arms'])).toHaveLength(2);
    expect(exactly(all, ['arms'])).toHaveLength(1);
    expect(within(all, ['arms', 0])).toHaveLength(1);
  });

  it('are said in words with the fix, without the path in front', () => {
    expect(
      say(problem([], 'value_error', 'step.reply_to: Value error, not an address', 'correct the field')),
    ).toBe('Not an address.');
    expect(say(problem([], 'unknown', "there is no connection 'x'", 'use one of: mail'))).toBe(
      "There is no connection 'x'. Use one of: mail.",
    );
    expect(say(problem([], 'greater_than_equal', 'a.b: Input should…'), { minimum: 1 })).toBe(
      'It must be at least 1.',
    );
  });
});
