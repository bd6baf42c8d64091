/** Random rules, the same for the same seed. */

import type { Comparison, Rule } from './rule';

/** Numbers from 0 up to 1 that look random. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function pick<T>(random: () => number, from: readonly T[]): T {
  return from[Math.floor(random() * from.length)] as T;
}

export function randomRule(random: () => number, deepest: number): Rule {
  const chance = random();
  if (deepest > 1 && chance < 0.35) {
    const of = Array.from({ length: Math.floor(random() * 4) }, () => randomRule(random, deepest - 1));
    return { kind: pick(random, ['all', 'any'] as const), of };
  }
  if (deepest > 1 && chance < 0.5) return { kind: 'not', rule: randomRule(random, deepest - 1) };
  return chance < 0.8 ? randomComparison(random) : randomOther(random);
}

export function randomComparison(random: () => number): Comparison {
  const column = pick(random, ['city', 'household_size', 'propensities.bread', '']);
  return pick<() => Comparison>(random, [
    () => ({ kind: 'number', column, op: '>=', value: random() < 0.2 ? null : random(), to: null }),
    () => ({ kind: 'number', column, op: 'between', value: 1, to: random() < 0.2 ? null : 5 }),
    () => ({ kind: 'text', column, op: 'contains', value: pick(random, ['', 'é', '東京', "O'Hara"]) }),
    () => ({ kind: 'boolean', column, value: random() < 0.5 }),
    () => ({ kind: 'date', column, op: 'between', value: { days_ago: 7 }, to: { days_ago: 0 } }),
    () => ({ kind: 'date', column, op: 'on', value: '2026-03-01', to: null }),
    () => ({ kind: 'one_of', column, values: pick(random, [[], ['a', 'b'], [1, 2]]) }),
    () => ({ kind: 'is_set', column }),
  ])();
}

function randomOther(random: () => number): Rule {
  return pick<() => Rule>(random, [
    () => ({ kind: 'score', category: 'bread', low: 0.7, high: 1 }),
    () => ({ kind: 'in_audience', audience_id: 'loyal' }),
    () => ({ kind: 'consent', purpose: 'email' }),
    () => ({ kind: 'message', step: 'offer', event: 'clicked' }),
    () => ({
      kind: 'events',
      table: 'purchases',
      measure: 'count',
      column: null,
      where: random() < 0.5 ? [] : [randomComparison(random)],
      within: random() < 0.5 ? { kind: 'since_entry' } : { kind: 'last_days', days: 30 },
      op: '>=',
      value: 1,
    }),
  ])();
}
