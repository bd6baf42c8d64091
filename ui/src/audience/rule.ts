/** The rule tree as the API has it: a condition, or conditions joined by all, any and not. */

export type Compare = '=' | '!=' | '<' | '<=' | '>' | '>=';

export interface Group {
  kind: 'all' | 'any';
  of: Rule[];
}

export interface Not {
  kind: 'not';
  rule: Rule;
}

/** A number that is still being written is null; the server then says what is missing. */
export type Amount = number | null;

export interface NumberRule {
  kind: 'number';
  column: string;
  op: Compare | 'between';
  value: Amount;
  to: Amount;
}

export interface TextRule {
  kind: 'text';
  column: string;
  op: 'is' | 'is_not' | 'contains' | 'starts_with' | 'ends_with';
  value: string;
}

export interface BooleanRule {
  kind: 'boolean';
  column: string;
  value: boolean;
}

export interface Relative {
  days_ago: Amount;
}

/** A day: fixed (2026-03-01), or counted from now; negative days ago are ahead. */
export type Day = string | Relative;

export interface DateRule {
  kind: 'date';
  column: string;
  op: 'on' | 'before' | 'after' | 'between';
  value: Day;
  to: Day | null;
}

export interface OneOf {
  kind: 'one_of';
  column: string;
  values: (string | number)[];
}

export interface IsSet {
  kind: 'is_set';
  column: string;
}

export type Comparison = NumberRule | TextRule | BooleanRule | DateRule | OneOf | IsSet;

export interface Score {
  kind: 'score';
  category: string;
  low: Amount;
  high: Amount;
}

export interface LastDays {
  kind: 'last_days';
  days: Amount;
}

export interface SinceEntry {
  kind: 'since_entry';
}

export const MEASURES = ['count', 'sum', 'min', 'max', 'latest'] as const;

export interface Events {
  kind: 'events';
  table: string;
  measure: (typeof MEASURES)[number];
  column: string | null;
  where: Comparison[];
  within: LastDays | SinceEntry;
  op: Compare;
  value: Amount;
}

export interface InAudience {
  kind: 'in_audience';
  audience_id: string;
}

export interface Consent {
  kind: 'consent';
  purpose: string;
}

export const MESSAGE_EVENTS = ['clicked', 'opened', 'bounced', 'complained', 'unsubscribed'] as const;

/** Something that happened to the message of a step of the same journey. */
export interface OfMessage {
  kind: 'message';
  step: string;
  event: (typeof MESSAGE_EVENTS)[number];
}

export type Condition = Comparison | Score | Events | InAudience | Consent | OfMessage;
export type Rule = Group | Not | Condition;

export const COMPARISONS = ['number', 'text', 'boolean', 'date', 'one_of', 'is_set'] as const;
const CONDITIONS = [...COMPARISONS, 'score', 'events', 'in_audience', 'consent', 'message'] as const;

export const MAX_DEPTH = 8;
export const MAX_PARTS = 200;

export function isGroup(rule: Rule): rule is Group {
  return rule.kind === 'all' || rule.kind === 'any';
}

export function isComparison(rule: { kind: string }): rule is Comparison {
  return (COMPARISONS as readonly string[]).includes(rule.kind);
}

/** A condition this page has words for; a newer server's unknown one is kept as it is. */
export function isKnown(rule: { kind: string }): rule is Condition {
  return (CONDITIONS as readonly string[]).includes(rule.kind);
}

/** Whether a setting is a rule. */
export function isRule(value: unknown): boolean {
  return isRaw(value) && (isKnown(value) || ['all', 'any', 'not'].includes(value.kind));
}

type Raw = Record<string, unknown>;

const DEFAULTS: Record<string, Raw> = {
  number: { column: '', op: '>=', value: null, to: null },
  text: { column: '', op: 'is', value: '' },
  boolean: { column: '', value: true },
  date: { column: '', op: 'after', value: { days_ago: 30 }, to: null },
  one_of: { column: '', values: [] },
  is_set: { column: '' },
  score: { category: '', low: 0, high: 1 },
  events: {
    table: '',
    measure: 'count',
    column: null,
    where: [],
    within: { kind: 'last_days', days: 30 },
    op: '>=',
    value: 1,
  },
  in_audience: { audience_id: '' },
  consent: { purpose: '' },
  message: { step: '', event: 'clicked' },
};

/** Whatever a draft holds as a rule: what is left out is filled as the server would, what is none is everybody. */
export function readRule(raw: unknown): Rule {
  if (!isRaw(raw)) return { kind: 'all', of: [] };
  const { kind } = raw;
  if (kind === 'all' || kind === 'any') return { kind, of: list(raw.of).map(readRule) };
  if (kind === 'not') return { kind, rule: readRule(raw.rule) };
  const known = DEFAULTS[String(kind)];
  if (!known) return raw as unknown as Rule;
  const filled: Raw = { ...known, ...raw };
  if (kind === 'events') filled.where = list(raw.where).map(readRule);
  if (kind === 'one_of') filled.values = list(raw.values);
  return filled as unknown as Rule;
}

function isRaw(value: unknown): value is Raw & { kind: string } {
  return typeof value === 'object' && value !== null && typeof (value as Raw).kind === 'string';
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
