/** An instant: picked by the clock of whoever fills it in, whose zone is named; kept with its offset. */

import type { FieldProps } from '../context';
import { Frame } from '../Frame';
import { toInstant, toLocal } from '../moment';
import { words } from '../words';
import { isOptional } from './Scalars';

export function MomentField({ schema, value, path, title, required, onChange }: FieldProps) {
  const text = typeof value === 'string' ? value : '';
  return (
    <Frame title={title} schema={schema} path={path} optional={isOptional(schema, required)}>
      {(tied) => (
        <div className="moment">
          <input
            {...tied}
            className="control"
            type="datetime-local"
            value={toLocal(text)}
            onChange={(event) => {
              const picked = event.currentTarget.value;
              onChange(picked === '' ? (schema.nullable ? null : '') : toInstant(picked));
            }}
          />
          <small>{words.moment(Intl.DateTimeFormat().resolvedOptions().timeZone)}</small>
        </div>
      )}
    </Frame>
  );
}
