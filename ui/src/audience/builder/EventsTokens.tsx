/** What somebody did: rows of a table, measured, which of them count, and how far back. */

import { IconPlus, IconX } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { plain } from '../../app/format';
import { compare, rowColumns } from '../columns';
import { useBuilder } from '../context';
import { type Comparison, type Events, MEASURES } from '../rule';
import { words } from '../words';
import { CompareTokens } from './CompareTokens';
import { AmountToken, ChoiceToken } from './tokens';

const say = words.events;
const COMPARE = Object.entries(words.op.compare).map(([value, label]) => ({
  value: value as Events['op'],
  label,
}));
const MEASURE = MEASURES.map((value) => ({ value, label: say.measures[value] }));
const MOST_WHERE = 20;

interface EventsProps {
  rule: Events;
  onChange: (rule: Events) => void;
  about: ReactNode;
}

export function EventsTokens({ rule, onChange, about }: EventsProps) {
  const { sources } = useBuilder();
  const columns = rowColumns(rule.table, sources);
  const numbers = columns.filter((column) => column.type === 'number');
  const measures = numbers.length > 0 ? MEASURE : MEASURE.slice(0, 1);
  const change = (measure: Events['measure']) =>
    onChange({
      ...rule,
      measure,
      column: measure === 'count' ? null : (rule.column ?? numbers[0]?.name ?? null),
    });
  return (
    <>
      {about}
      <ChoiceToken name={say.measure} value={rule.measure} options={measures} onChange={change} />
      {rule.measure !== 'count' && (
        <ChoiceToken
          name={say.column}
          value={rule.column ?? ''}
          options={numbers.map(({ name }) => ({ value: name, label: plain(name) }))}
          onChange={(column) => onChange({ ...rule, column })}
        />
      )}
      <ChoiceToken
        name={words.row.how}
        value={rule.op}
        options={COMPARE}
        onChange={(op) => onChange({ ...rule, op })}
      />
      <AmountToken
        name={words.row.value}
        value={rule.value}
        onChange={(value) => onChange({ ...rule, value })}
      />
      {rule.measure === 'count' && <span>{say.rows(rule.value)}</span>}
      <Within rule={rule} onChange={onChange} />
      <Where rule={rule} columns={columns} onChange={onChange} />
    </>
  );
}

function Within({ rule, onChange }: Omit<EventsProps, 'about'>) {
  const { inJourney } = useBuilder();
  const { within } = rule;
  const options = [
    { value: 'last_days' as const, label: say.last },
    ...(inJourney || within.kind === 'since_entry'
      ? [{ value: 'since_entry' as const, label: say.since }]
      : []),
  ];
  const choose = (kind: Events['within']['kind']) =>
    onChange({ ...rule, within: kind === 'since_entry' ? { kind } : { kind, days: 30 } });
  return (
    <>
      <ChoiceToken name={say.within} value={within.kind} options={options} onChange={choose} />
      {within.kind === 'last_days' && (
        <>
          <AmountToken
            name={words.day.days}
            whole
            min={1}
            value={within.days}
            onChange={(days) => onChange({ ...rule, within: { kind: 'last_days', days } })}
          />
          <span>{words.day.unit(within.days)}</span>
        </>
      )}
    </>
  );
}

interface WhereProps<R> {
  rule: R;
  columns: ReturnType<typeof rowColumns>;
  onChange: (rule: R) => void;
}

/** Which rows of a table count. */
export function Where<R extends Pick<Events, 'table' | 'where'>>({ rule, columns, onChange }: WhereProps<R>) {
  const typeOf = (name: string) => columns.find((column) => column.name === name)?.type ?? 'other';
  const put = (index: number, next: Comparison) =>
    onChange({ ...rule, where: rule.where.map((old, i) => (i === index ? next : old)) });
  const first = columns.find((column) => column.type === 'text') ?? columns[0];
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out as a rail
    <div className="rule-where" role="group" aria-label={say.whereOf(plain(rule.table))}>
      {rule.where.map((each, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: conditions have no names; their fields hold no state
        <div className="rule-words" key={i}>
          <span>{i === 0 ? say.where : words.row.and}</span>
          <ChoiceToken
            name={say.column}
            value={each.column}
            options={columns.map(({ name }) => ({ value: name, label: plain(name) }))}
            onChange={(column) =>
              put(
                i,
                typeOf(column) === typeOf(each.column)
                  ? { ...each, column }
                  : compare(column, typeOf(column)),
              )
            }
            strong
          />
          <CompareTokens rule={each} type={typeOf(each.column)} onChange={(next) => put(i, next)} />
          <button
            type="button"
            className="icon-button"
            aria-label={say.removeWhere}
            onClick={() => onChange({ ...rule, where: rule.where.filter((_, at) => at !== i) })}
          >
            <IconX size={14} />
          </button>
        </div>
      ))}
      {first && rule.where.length < MOST_WHERE && (
        <button
          type="button"
          className="add-button"
          onClick={() => onChange({ ...rule, where: [...rule.where, compare(first.name, first.type)] })}
        >
          <IconPlus size={13} aria-hidden="true" />
          {say.addWhere}
        </button>
      )}
    </div>
  );
}
