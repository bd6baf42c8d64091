/** What conditions can be about: the lakehouse's columns, scores and tables, and how a condition on each begins. */

import { plain, sentence } from '../app/format';
import type { Column, Sources } from '../form/catalogue';
import type { PickGroup, PickOption } from '../form/pop/Picker';
import { words as formWords } from '../form/words';
import type { MessageStep } from './messages';
import type { Comparison, Condition, Rule } from './rule';
import { words } from './words';

export type Type = Column['type'];

const { pick } = words;

/** The list to choose from, in groups; audiences and messages only where there are some. */
export function choices(
  sources: Sources,
  hasAudiences: boolean,
  messages: readonly MessageStep[],
): PickGroup[] {
  const groups: PickGroup[] = [
    {
      title: pick.groups.customers,
      options: keyLast(sources).map((column) => option(`column:${column.name}`, column.name, column.type)),
    },
  ];
  for (const table of sources.related.filter((each) => each.cardinality === 'one')) {
    const columns = table.columns.filter((column) => column.name !== table.key);
    const scored = (column: Column) => table.scores && column.type === 'number';
    groups.push(
      { title: pick.groups.scores, options: columns.filter(scored).map(scoreOption) },
      {
        title: sentence(plain(table.name)),
        options: columns
          .filter((column) => !scored(column))
          .map((column) => option(`column:${table.name}.${column.name}`, column.name, column.type)),
      },
    );
  }
  const tables = sources.related.filter((each) => each.cardinality === 'many' && each.happened_at !== null);
  groups.push({
    title: pick.groups.events,
    options: tables.map((table) => ({
      value: `events:${table.name}`,
      label: sentence(plain(table.name)),
    })),
  });
  groups.push({
    title: pick.groups.messages,
    options: messages.map(({ id, name }) => ({ value: `message:${id}`, label: name })),
  });
  groups.push({ title: pick.groups.other, options: memberships(sources, hasAudiences) });
  return groups.filter((group) => group.options.length > 0);
}

/** Customers' columns, the one that only numbers them at the end. */
function keyLast({ customers }: Sources): Column[] {
  const isKey = (column: Column) => column.name === customers.key;
  return [...customers.columns.filter((column) => !isKey(column)), ...customers.columns.filter(isKey)];
}

function memberships(sources: Sources, hasAudiences: boolean): PickOption[] {
  const consent = { value: 'consent:', label: pick.consent };
  const audience = { value: 'in_audience:', label: pick.audience };
  return [...(sources.consents.length > 0 ? [consent] : []), ...(hasAudiences ? [audience] : [])];
}

function scoreOption(column: Column): PickOption {
  return { value: `score:${column.name}`, label: sentence(pick.score(plain(column.name))), hint: '0 – 1' };
}

function option(value: string, name: string, type: Type): PickOption {
  return { value, label: sentence(plain(name)), hint: formWords.column[type] };
}

/** Which choice a condition is about. */
export function choiceOf(rule: Condition): string {
  switch (rule.kind) {
    case 'score':
      return `score:${rule.category}`;
    case 'events':
      return `events:${rule.table}`;
    case 'message':
      return `message:${rule.step}`;
    case 'consent':
    case 'in_audience':
      return `${rule.kind}:`;
    default:
      return `column:${rule.column}`;
  }
}

/** A condition as it begins when its column has been chosen; with `lookBack` events are those since the entry. */
export function begin(choice: string, sources: Sources, lookBack: boolean): Condition {
  const at = choice.indexOf(':');
  const name = choice.slice(at + 1);
  switch (choice.slice(0, at)) {
    case 'score':
      return { kind: 'score', category: name, low: 0.7, high: 1 };
    case 'events':
      return {
        kind: 'events',
        table: name,
        measure: 'count',
        column: null,
        where: [],
        within: lookBack ? { kind: 'since_entry' } : { kind: 'last_days', days: 30 },
        op: '>=',
        value: 1,
      };
    case 'consent':
      return { kind: 'consent', purpose: sources.consents[0] ?? '' };
    case 'in_audience':
      return { kind: 'in_audience', audience_id: '' };
    case 'message':
      return { kind: 'message', step: name, event: 'clicked' };
    default:
      return compare(name, typeOf(name, sources));
  }
}

/** A comparison on a column as it begins. */
export function compare(column: string, type: Type): Comparison {
  switch (type) {
    case 'number':
      return { kind: 'number', column, op: '>=', value: null, to: null };
    case 'text':
      return { kind: 'one_of', column, values: [] };
    case 'boolean':
      return { kind: 'boolean', column, value: true };
    case 'date':
    case 'timestamp':
      return { kind: 'date', column, op: 'between', value: { days_ago: 30 }, to: { days_ago: 0 } };
    default:
      return { kind: 'is_set', column };
  }
}

/** Another column in a condition: what still fits the new column's type stays. */
export function changeTo(rule: Condition, choice: string, sources: Sources, lookBack: boolean): Condition {
  const next = begin(choice, sources, lookBack);
  if (rule.kind === 'score' && next.kind === 'score') return { ...rule, category: next.category };
  if (rule.kind === 'message' && next.kind === 'message') return { ...rule, step: next.step };
  if (!('column' in next) || !('column' in rule) || next.kind === 'events' || rule.kind === 'events')
    return next;
  const same = typeOf(next.column, sources) === typeOf(rule.column, sources);
  return same ? { ...rule, column: next.column } : next;
}

/** The type of a column by its path; an unknown column may only have a value or none. */
export function typeOf(path: string, sources: Sources): Type {
  const [first, second] = path.split('.');
  const table =
    second === undefined ? sources.customers : sources.related.find((each) => each.name === first);
  return table?.columns.find((column) => column.name === (second ?? first))?.type ?? 'other';
}

/** Columns of a table of events that conditions on its rows may use. */
export function rowColumns(table: string, sources: Sources): Column[] {
  const found = sources.related.find((each) => each.name === table);
  return found?.columns.filter((column) => column.name !== found.key) ?? [];
}

/** Whether the values a column holds may be looked at: personal ones, and those of many rows, may not. */
export function isListable(path: string, sources: Sources): boolean {
  const [first, second] = path.split('.');
  if (second !== undefined)
    return sources.related.some((each) => each.name === first && each.cardinality === 'one');
  return sources.customers.columns.some((column) => column.name === first && !column.contact);
}

/** A condition's subject as its token says it. */
export function subject(rule: Rule): string {
  switch (rule.kind) {
    case 'score':
      return sentence(pick.score(plain(rule.category)));
    case 'events':
      return sentence(plain(rule.table));
    case 'all':
    case 'any':
    case 'not':
    case 'consent':
    case 'in_audience':
    case 'message':
      return '';
    default:
      return rule.column ? sentence(plain(rule.column.split('.').at(-1) ?? '')) : pick.choose;
  }
}
