/** Text with Liquid in it. */

import type { FieldProps } from '../context';
import { Frame } from '../Frame';
import { isOptional } from '../fields/Scalars';

export function LiquidWidget({ schema, value, path, title, required, onChange }: FieldProps) {
  const html = schema['x-widget'] === 'liquid-html';
  return (
    <Frame title={title} schema={schema} path={path} optional={isOptional(schema, required)}>
      {(tied) => (
        <textarea
          {...tied}
          className={html ? 'control code' : 'control'}
          rows={html ? 10 : 1}
          value={typeof value === 'string' ? value : ''}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      )}
    </Frame>
  );
}
