/** Rules as sentences, for summaries and for screen readers. Odd input gives odd sentences, never an error. */

import { day, plain, written } from '../app/format';
import { type Comparison, type Day, type Events, isGroup, type Rule } from './rule';
import { words } from './words';

const { op } = words;

/** The whole rule in one sentence. */
export function sentence(rule: Rule, outer = true): string {
  if (isGroup(rule)) {
    const parts = Array.isArray(rule.of) ? rule.of : [];
    if (parts.length === 0) return rule.kind === 'all' ? words.everybody : words.nobody;
    const joined = parts
      .map((part) => sentence(part, parts.length === 1 && outer))
      .join(words.join[rule.kind]);
    return outer || parts.length === 1 ? joined : `(${joined})`;
  }
  if (rule.kind === 'not') return `${words.row.not} ${sentence(rule.rule, false)}`;
  return condition(rule);
}

function condition(rule: Exclude<Rule, { kind: 'all' | 'any' | 'not' }>): string {
  switch (rule.kind) {
    case 'score':
      return `${words.pick.score(name(rule.category))} ${words.score.from} ${amount(rule.low)} ${words.score.to} ${amount(rule.high)}`;
    case 'events':
      return ofEvents(rule);
    case 'in_audience':
      return `${words.audience.text} ${rule.audience_id || words.nothing}`;
    case 'message':
      return `${words.message.of} ${rule.step || words.nothing} ${words.message.events[rule.event] ?? rule.event}`;
    case 'consent':
      return `${words.consent.text} ${name(rule.purpose)}`;
    default:
      return `${columnName(rule.column)} ${compared(rule)}`;
  }
}

function compared(rule: Comparison): string {
  switch (rule.kind) {
    case 'number':
      return `${op.number[rule.op] ?? rule.op} ${amount(rule.value)}${rule.op === 'between' ? ` ${words.to} ${amount(rule.to)}` : ''}`;
    case 'text':
      return `${op.text[rule.op] ?? rule.op} ${rule.value || words.nothing}`;
    case 'boolean':
      return op.boolean[rule.value ? 'true' : 'false'];
    case 'date':
      return `${op.date[rule.op] ?? rule.op} ${dayText(rule.value)}${rule.op === 'between' ? ` ${words.to} ${dayText(rule.to)}` : ''}`;
    case 'one_of':
      return `${op.one_of} ${Array.isArray(rule.values) && rule.values.length > 0 ? rule.values.map(textOf).join(', ') : words.nothing}`;
    case 'is_set':
      return op.is_set;
    default:
      return plain(String((rule as { kind?: unknown }).kind ?? ''));
  }
}

function ofEvents(rule: Events): string {
  const count = `${op.compare[rule.op] ?? rule.op} ${amount(rule.value)}`;
  const what =
    rule.measure === 'count'
      ? `${words.events.measures.count} ${count} ${words.events.rows(rule.value)} ${words.events.of} ${name(rule.table)}`
      : `${words.events.measures[rule.measure] ?? rule.measure} ${name(rule.column ?? '')} ${words.events.of} ${name(rule.table)} ${count}`;
  const where = Array.isArray(rule.where) ? rule.where : [];
  const which = where.map((each) => condition(each)).join(words.join.all);
  const back =
    rule.within?.kind === 'since_entry'
      ? words.events.since
      : `${words.events.last} ${amount(rule.within?.days ?? null)} ${words.day.unit(rule.within?.days ?? null)}`;
  return `${what}${which ? ` ${words.events.where} ${which}` : ''} ${back}`;
}

/** A column's path in words: `propensities.bread` is `bread (propensities)`. */
export function columnName(path: unknown): string {
  const [first, second] = String(path ?? '').split('.');
  if (second === undefined) return name(first ?? '');
  return `${name(second)} (${name(first ?? '')})`;
}

export function dayText(given: Day | null | undefined): string {
  if (typeof given === 'string') return day(given) || words.nothing;
  return typeof given?.days_ago === 'number' ? words.day.said(given.days_ago) : words.nothing;
}

function name(text: string): string {
  return plain(String(text)) || words.nothing;
}

function amount(value: unknown): string {
  return value === null || value === undefined ? words.nothing : textOf(value);
}

function textOf(value: unknown): string {
  return typeof value === 'number' ? written(value) : String(value);
}
