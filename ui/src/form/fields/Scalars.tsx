/** Fields of one value: text, number, yes or no, one of several. */

import { useEffect, useState } from 'react';
import { readNumber, written } from '../../app/format';
import type { FieldProps } from '../context';
import { Frame } from '../Frame';
import { type Schema, valueName } from '../schema';
import { useSelectWhole } from '../selectWhole';
import { words } from '../words';

const LONG = 240;
const TYPES: Record<string, string> = {
  password: 'password',
  email: 'email',
  uri: 'url',
  date: 'date',
  time: 'time',
};

export function TextField({ schema, value, path, title, required, onChange }: FieldProps) {
  const text = typeof value === 'string' ? value : value === null || value === undefined ? '' : String(value);
  const put = (next: string) => onChange(next === '' && schema.nullable ? null : next);
  const long = (schema.maxLength ?? 0) > LONG && !schema.format;
  return (
    <Frame title={title} schema={schema} path={path} optional={isOptional(schema, required)}>
      {(tied) =>
        long ? (
          <textarea
            {...tied}
            className="control"
            rows={3}
            maxLength={schema.maxLength}
            value={text}
            onChange={(event) => put(event.currentTarget.value)}
          />
        ) : (
          <input
            {...tied}
            className="control"
            type={TYPES[schema.format ?? ''] ?? 'text'}
            autoComplete="off"
            spellCheck={schema.pattern || schema.format ? false : undefined}
            maxLength={schema.maxLength}
            value={text}
            onChange={(event) => put(event.currentTarget.value)}
          />
        )
      }
    </Frame>
  );
}

export function NumberField({ schema, value, path, title, required, onChange }: FieldProps) {
  return (
    <Frame title={title} schema={schema} path={path} optional={isOptional(schema, required)}>
      {(tied) => (
        <NumberInput
          {...tied}
          className="control control-number digits"
          whole={schema.type === 'integer'}
          min={schema.minimum}
          max={schema.maximum}
          value={typeof value === 'number' ? value : null}
          onChange={onChange}
        />
      )}
    </Frame>
  );
}

interface NumberInputProps {
  id?: string;
  className?: string;
  'aria-label'?: string;
  'aria-describedby'?: string;
  'aria-invalid'?: true;
  whole?: boolean;
  min?: number;
  max?: number;
  value: number | null;
  onChange: (value: number | null) => void;
}

/** A number as text, so that half-typed ones (`0.`, `-`) stay while they are typed. */
export function NumberInput({ whole, min, max, value, onChange, ...rest }: NumberInputProps) {
  const settled = value === null ? '' : written(value);
  const [text, setText] = useState(settled);
  const selecting = useSelectWhole();
  useEffect(() => setText((old) => (readNumber(old) === value ? old : settled)), [value, settled]);
  const step = (by: number) => {
    const next = Math.round(((value ?? 0) + by) * 1e6) / 1e6;
    onChange(Math.min(max ?? next, Math.max(min ?? next, next)));
  };
  return (
    <input
      {...rest}
      {...selecting}
      inputMode={whole ? 'numeric' : 'decimal'}
      autoComplete="off"
      value={text}
      size={Math.max(3, text.length)}
      onChange={(event) => {
        const typed = event.currentTarget.value.replace(/[^\d.,eE+-]/g, '');
        setText(typed);
        const next = readNumber(typed);
        if (next !== value && (next !== null || typed === '')) onChange(next);
      }}
      onBlur={() => setText(settled)}
      onKeyDown={(event) => {
        if (event.altKey || event.ctrlKey || event.metaKey) return;
        const by = whole || (max ?? 2) > 1 ? 1 : 0.05;
        if (event.key === 'ArrowUp') step(by);
        else if (event.key === 'ArrowDown') step(-by);
        else return;
        event.preventDefault();
      }}
    />
  );
}

export function ToggleField({ schema, value, path, title, onChange }: FieldProps) {
  return (
    <Frame title={title} schema={schema} path={path} group>
      {(tied) => (
        <label className="toggle">
          <input
            type="checkbox"
            aria-invalid={tied['aria-invalid']}
            checked={value === true}
            onChange={(event) => onChange(event.currentTarget.checked)}
          />
          {value === true ? words.yes : words.no}
        </label>
      )}
    </Frame>
  );
}

export function ChoiceField({ schema, value, path, title, required, onChange }: FieldProps) {
  const options = schema.enum ?? [];
  const at = options.indexOf(value);
  return (
    <Frame title={title} schema={schema} path={path} optional={isOptional(schema, required)}>
      {(tied) => (
        <select
          {...tied}
          className="control"
          value={at}
          onChange={(event) => {
            const next = Number(event.currentTarget.value);
            onChange(next < 0 ? null : options[next]);
          }}
        >
          {(at < 0 || schema.nullable) && (
            <option value={-1}>{schema.nullable ? words.none : words.choose}</option>
          )}
          {options.map((each, i) => (
            <option key={String(each)} value={i}>
              {valueName(each, schema)}
            </option>
          ))}
        </select>
      )}
    </Frame>
  );
}

/** May stay empty, and mostly does. */
export function isOptional(schema: Schema, required: boolean): boolean {
  return !required && (schema.nullable === true || schema.default === '');
}
