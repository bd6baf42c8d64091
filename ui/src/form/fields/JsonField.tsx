/** A part no field is made for, as JSON: nothing a server asks for is out of reach. */

import { useEffect, useState } from 'react';
import type { FieldProps } from '../context';
import { Frame } from '../Frame';
import { words } from '../words';
import { isOptional } from './Scalars';

export function JsonField({ schema, value, path, title, required, onChange }: FieldProps) {
  const [text, setText] = useState(() => write(value));
  const [broken, setBroken] = useState(false);
  useEffect(() => {
    setText((old) => (parse(old)?.same(value) ? old : write(value)));
    setBroken(false);
  }, [value]);
  const put = (next: string) => {
    setText(next);
    const parsed = next.trim() === '' ? null : parse(next);
    setBroken(parsed === null && next.trim() !== '');
    if (next.trim() === '') onChange(schema.nullable ? null : undefined);
    else if (parsed) onChange(parsed.value);
  };
  const described = { ...schema, description: schema.description ?? words.json.hint };
  return (
    <Frame title={title} schema={described} path={path} optional={isOptional(schema, required)}>
      {(tied) => (
        <>
          <textarea
            {...tied}
            className="control code"
            spellCheck={false}
            rows={4}
            value={text}
            onChange={(event) => put(event.currentTarget.value)}
          />
          {broken && <p className="field-hint">{words.json.broken}</p>}
        </>
      )}
    </Frame>
  );
}

function write(value: unknown): string {
  return value === undefined ? '' : JSON.stringify(value, null, 2);
}

function parse(text: string): { value: unknown; same: (other: unknown) => boolean } | null {
  try {
    const value: unknown = JSON.parse(text);
    return { value, same: (other) => JSON.stringify(other) === JSON.stringify(value) };
  } catch {
    return null;
  }
}
