/** A column compared: how, and with what. */

import type { Type } from '../columns';
import { spanOf, wayOf, waysFor, withWay } from '../comparison';
import type { Comparison, DateRule } from '../rule';
import { words } from '../words';
import { DayTokens } from './DayTokens';
import { AmountToken, ChoiceToken, TextToken } from './tokens';
import { ValuesToken } from './ValuesToken';
import { useValues, ValueList } from './values';

const say = words.row;

interface CompareTokensProps {
  rule: Comparison;
  type: Type;
  /** The column's path, when its values may be listed. */
  column?: string;
  onChange: (rule: Comparison) => void;
}

export function CompareTokens({ rule, type, column, onChange }: CompareTokensProps) {
  const ways = waysFor(type);
  const way = wayOf(rule);
  const options = ways.some((each) => each.value === way)
    ? ways
    : [{ value: way, label: way.split(':').at(-1) ?? way }, ...ways];
  return (
    <>
      <ChoiceToken
        name={say.how}
        value={way}
        options={options}
        onChange={(next) => onChange(withWay(rule, next))}
      />
      <Value rule={rule} type={type} column={column} onChange={onChange} />
    </>
  );
}

function Value({ rule, type, column, onChange }: CompareTokensProps) {
  switch (rule.kind) {
    case 'number':
      return (
        <>
          <AmountToken
            name={say.value}
            value={rule.value}
            onChange={(value) => onChange({ ...rule, value })}
          />
          {rule.op === 'between' && (
            <>
              <span>{words.to}</span>
              <AmountToken name={say.highest} value={rule.to} onChange={(to) => onChange({ ...rule, to })} />
            </>
          )}
        </>
      );
    case 'text':
      return (
        <TextValue value={rule.value} column={column} onChange={(value) => onChange({ ...rule, value })} />
      );
    case 'one_of':
      return (
        <ValuesToken
          values={rule.values}
          numbers={type === 'number'}
          column={column}
          onChange={(values) => onChange({ ...rule, values })}
        />
      );
    case 'date':
      return <DateValue rule={rule} onChange={onChange} />;
    default:
      return null;
  }
}

function TextValue({
  value,
  column,
  onChange,
}: {
  value: string;
  column?: string;
  onChange: (value: string) => void;
}) {
  const known = useValues(column);
  return (
    <>
      <TextToken name={say.value} value={value} list={known.id} onFocus={known.load} onChange={onChange} />
      <ValueList {...known} />
    </>
  );
}

function DateValue({ rule, onChange }: { rule: DateRule; onChange: (rule: DateRule) => void }) {
  const span = spanOf(rule);
  if (span) {
    const end = span === 'in_last' ? 'value' : 'to';
    const sign = span === 'in_last' ? 1 : -1;
    const day = rule[end];
    const days = typeof day === 'object' && day?.days_ago != null ? day.days_ago * sign : null;
    const put = (next: number | null) =>
      onChange({ ...rule, [end]: { days_ago: next === null ? null : next * sign } });
    return (
      <>
        <AmountToken name={words.day.days} whole min={1} value={days} onChange={put} />
        <span>{words.day.unit(days)}</span>
      </>
    );
  }
  return (
    <>
      <DayTokens day={rule.value} onChange={(value) => onChange({ ...rule, value })} />
      {rule.op === 'between' && (
        <>
          <span>{words.to}</span>
          <DayTokens day={rule.to ?? ''} onChange={(to) => onChange({ ...rule, to })} />
        </>
      )}
    </>
  );
}
