/** Ways to compare a column, by its type, as one list of words; changing the way keeps the value where it fits. */

import type { Type } from './columns';
import type { Comparison, DateRule, Day, NumberRule, TextRule } from './rule';
import { words } from './words';

export interface Way {
  value: string;
  label: string;
}

const { op } = words;
const ENDS: Record<string, Way[]> = {
  number: ways('number', op.number),
  text: ways('text', op.text),
  boolean: ways('boolean', op.boolean),
  date: ways('date', op.date),
};
const ONE_OF: Way = { value: 'one_of', label: op.one_of };
const IS_SET: Way = { value: 'is_set', label: op.is_set };

function ways(kind: string, labels: Record<string, string>): Way[] {
  return Object.entries(labels).map(([name, label]) => ({ value: `${kind}:${name}`, label }));
}

/** What may be asked of a column of this type. */
export function waysFor(type: Type): Way[] {
  switch (type) {
    case 'number':
      return [...(ENDS.number ?? []), ONE_OF, IS_SET];
    case 'text':
      return [ONE_OF, ...(ENDS.text ?? []), IS_SET];
    case 'boolean':
      return [...(ENDS.boolean ?? []), IS_SET];
    case 'date':
    case 'timestamp':
      return [...(ENDS.date ?? []), IS_SET];
    default:
      return [IS_SET];
  }
}

/** The way a condition compares. */
export function wayOf(rule: Comparison): string {
  switch (rule.kind) {
    case 'number':
    case 'text':
      return `${rule.kind}:${rule.op}`;
    case 'boolean':
      return `boolean:${rule.value}`;
    case 'date':
      return `date:${spanOf(rule) ?? rule.op}`;
    default:
      return rule.kind;
  }
}

/** “In the last 7 days” is from 7 days ago to today; “in the next” the other way round. */
export function spanOf(rule: DateRule): 'in_last' | 'in_next' | null {
  if (rule.op !== 'between') return null;
  const from = ahead(rule.value);
  const to = ahead(rule.to);
  if (to === 0 && from !== undefined && (from === null || from > 0)) return 'in_last';
  return from === 0 && to !== undefined && (to === null || to < 0) ? 'in_next' : null;
}

function ahead(day: Day | null): number | null | undefined {
  return typeof day === 'object' && day !== null ? day.days_ago : undefined;
}

/** The same column compared in another way. */
export function withWay(rule: Comparison, way: string): Comparison {
  const { column } = rule;
  const [kind, name = ''] = way.split(':');
  switch (kind) {
    case 'number': {
      const value = rule.kind === 'number' ? rule.value : numberIn(rule);
      const to = name === 'between' ? ((rule.kind === 'number' ? rule.to : null) ?? null) : null;
      return { kind, column, op: name as NumberRule['op'], value, to };
    }
    case 'text':
      return {
        kind,
        column,
        op: name as TextRule['op'],
        value: rule.kind === 'text' ? rule.value : textIn(rule),
      };
    case 'boolean':
      return { kind, column, value: name === 'true' };
    case 'date':
      return dated(rule, name);
    case 'one_of':
      return { kind, column, values: rule.kind === 'one_of' ? rule.values : valuesIn(rule) };
    default:
      return { kind: 'is_set', column };
  }
}

function dated(rule: Comparison, name: string): DateRule {
  const { column } = rule;
  const old = rule.kind === 'date' ? rule : null;
  const days = Math.abs((old && (ahead(old.value) || ahead(old.to))) || 30);
  if (name === 'in_last')
    return { kind: 'date', column, op: 'between', value: { days_ago: days }, to: { days_ago: 0 } };
  if (name === 'in_next')
    return { kind: 'date', column, op: 'between', value: { days_ago: 0 }, to: { days_ago: -days } };
  const value = old?.value ?? { days_ago: days };
  // A span by the same words would be read as “in the last”: it begins a day before today ends it.
  const to = name === 'between' ? ((old && !spanOf(old) ? old.to : null) ?? { days_ago: 1 }) : null;
  return { kind: 'date', column, op: name as DateRule['op'], value, to };
}

function numberIn(rule: Comparison): number | null {
  const first = rule.kind === 'one_of' ? rule.values[0] : null;
  return typeof first === 'number' ? first : null;
}

function textIn(rule: Comparison): string {
  return rule.kind === 'one_of' && typeof rule.values[0] === 'string' ? rule.values[0] : '';
}

function valuesIn(rule: Comparison): (string | number)[] {
  const given = rule.kind === 'number' || rule.kind === 'text' ? rule.value : null;
  return given === null || given === '' ? [] : [given];
}
