/** A list of values as chips, and a place to add one. */

import { IconX } from '@tabler/icons-react';
import { type KeyboardEvent, useState } from 'react';
import { readNumber, written } from '../../app/format';
import { words } from '../words';
import { useValues, ValueList } from './values';

interface ValuesTokenProps {
  values: (string | number)[];
  numbers: boolean;
  column?: string;
  onChange: (values: (string | number)[]) => void;
}

const MOST = 100;

export function ValuesToken({ values, numbers, column, onChange }: ValuesTokenProps) {
  const [text, setText] = useState('');
  const known = useValues(numbers ? undefined : column);
  const add = (typed: string) => {
    const parts = typed.split(numbers ? /[;\s]+/ : /[,;\n]+/).map((part) => part.trim());
    const fresh = parts.flatMap((part) => read(part, numbers)).filter((part) => !values.includes(part));
    if (fresh.length > 0) onChange([...values, ...new Set(fresh)].slice(0, MOST));
    setText('');
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' || (event.key === ',' && !numbers)) {
      event.preventDefault();
      add(text);
    } else if (event.key === 'Backspace' && text === '' && values.length > 0) onChange(values.slice(0, -1));
  };
  return (
    <span className="chips">
      {values.map((value) => (
        <span key={String(value)} className="chip">
          {textOf(value)}
          <button
            type="button"
            aria-label={words.values.remove(textOf(value))}
            onClick={() => onChange(values.filter((each) => each !== value))}
          >
            <IconX size={12} />
          </button>
        </span>
      ))}
      <input
        className="token-value token-text"
        aria-label={words.values.add}
        title={words.values.hint}
        placeholder={values.length === 0 ? words.row.value : '+'}
        inputMode={numbers ? 'decimal' : undefined}
        autoComplete="off"
        size={values.length === 0 ? 10 : 6}
        list={known.id}
        value={text}
        onFocus={known.load}
        onChange={(event) => {
          const next = event.currentTarget.value;
          if (known.values.includes(next)) add(next);
          else setText(next);
        }}
        onKeyDown={onKeyDown}
        onBlur={() => text.trim() && add(text)}
      />
      <ValueList {...known} values={known.values.filter((each) => !values.includes(each))} />
    </span>
  );
}

function read(part: string, numbers: boolean): (string | number)[] {
  if (part === '') return [];
  if (!numbers) return [part];
  const number = readNumber(part);
  return number === null ? [] : [number];
}

function textOf(value: string | number): string {
  return typeof value === 'number' ? written(value) : value;
}
