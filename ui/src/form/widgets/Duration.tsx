/** A length of time as a number and a unit. */

import { useState } from 'react';
import type { FieldProps } from '../context';
import { readDuration, UNITS, type Unit, writeDuration } from '../duration';
import { Frame } from '../Frame';
import { NumberInput, TextField } from '../fields/Scalars';
import { words } from '../words';

export function DurationWidget(props: FieldProps) {
  const { value, schema, path, title, onChange } = props;
  const [unit, setUnit] = useState<Unit>('day');
  const text = typeof value === 'string' ? value : '';
  const length = readDuration(text);
  if (text && !length) return <TextField {...props} />;
  const chosen = length?.unit ?? unit;
  return (
    <Frame title={title} schema={{ ...schema, description: undefined }} path={path}>
      {(tied) => (
        <div className="duration">
          <NumberInput
            {...tied}
            className="control control-number digits"
            whole
            min={1}
            value={length?.amount ?? null}
            onChange={(amount) =>
              onChange(amount === null ? undefined : writeDuration({ amount, unit: chosen }))
            }
          />
          <select
            className="control"
            aria-label={words.duration.unit}
            value={chosen}
            onChange={(event) => {
              const next = event.currentTarget.value as Unit;
              setUnit(next);
              if (length) onChange(writeDuration({ amount: length.amount, unit: next }));
            }}
          >
            {UNITS.map((each) => (
              <option key={each} value={each}>
                {words.duration.units[each]}
              </option>
            ))}
          </select>
        </div>
      )}
    </Frame>
  );
}
