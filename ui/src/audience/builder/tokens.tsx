/** Words of a sentence that can be changed: a choice, a number, a text. */

import { NumberInput } from '../../form/fields/Scalars';
import type { Amount } from '../rule';

interface ChoiceProps<Value extends string> {
  name: string;
  value: Value;
  options: readonly { value: Value; label: string }[];
  onChange: (value: Value) => void;
  strong?: boolean;
}

/** A native choice that looks like a word; one that is not in the list stays as it is. */
export function ChoiceToken<Value extends string>({
  name,
  value,
  options,
  onChange,
  strong,
}: ChoiceProps<Value>) {
  const known = options.some((option) => option.value === value);
  return (
    <select
      className="token"
      data-strong={strong || undefined}
      aria-label={name}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value as Value)}
    >
      {!known && <option value={value}>{value || '…'}</option>}
      {options.map((option) => (
        <option key={option.value} value={option.value}>
          {option.label}
        </option>
      ))}
    </select>
  );
}

interface AmountProps {
  name: string;
  value: Amount;
  onChange: (value: Amount) => void;
  min?: number;
  max?: number;
  whole?: boolean;
}

export function AmountToken({ name, value, onChange, ...limits }: AmountProps) {
  return (
    <NumberInput
      className="token-value digits"
      aria-label={name}
      {...limits}
      value={value ?? null}
      onChange={onChange}
    />
  );
}

interface TextProps {
  name: string;
  value: string;
  onChange: (value: string) => void;
  /** Values to choose from, by the id of a datalist. */
  list?: string;
  onFocus?: () => void;
}

export function TextToken({ name, value, onChange, list, onFocus }: TextProps) {
  return (
    <input
      className="token-value token-text"
      aria-label={name}
      autoComplete="off"
      maxLength={1000}
      size={Math.max(8, Math.min(26, value.length + 1))}
      list={list}
      value={value}
      onFocus={onFocus}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}
