/** Arms with their shares: names, percentages, and how they divide everybody. */

import { ActionIcon, Button } from '@mantine/core';
import { IconEqual, IconPlus, IconTrash } from '@tabler/icons-react';
import { number } from '../../app/format';
import type { FieldProps } from '../context';
import { Frame } from '../Frame';
import { NumberInput } from '../fields/Scalars';
import { freshId, isFields } from '../schema';
import { equalShares, missing, withOneMore } from '../weights';
import { words } from '../words';

interface Arm {
  id: string;
  label: string;
  weight: number;
}

const say = words.weights;

export function WeightsWidget({ schema, value, path, title, onChange }: FieldProps) {
  const arms = armsOf(value);
  const put = (index: number, changes: Partial<Arm>) =>
    onChange(arms.map((arm, i) => (i === index ? { ...arm, ...changes } : arm)));
  const add = () => {
    const id = freshId(
      'arm',
      arms.map((arm) => arm.id),
    );
    const weights = withOneMore(arms.map((arm) => arm.weight));
    const more = [...arms, { id, label: say.arm(arms.length + 1) }];
    onChange(more.map((arm, i) => ({ ...arm, weight: weights[i] ?? 0 })));
  };
  const share = () => onChange(arms.map((arm, i) => ({ ...arm, weight: equalShares(arms.length)[i] ?? 0 })));
  return (
    <Frame title={title} schema={schema} path={path} group>
      {() => (
        <>
          <Bar arms={arms} />
          <ol className="arms">
            {arms.map((arm, i) => (
              <ArmRow
                key={arm.id || i}
                arm={arm}
                index={i}
                fixed={arms.length <= (schema.minItems ?? 1)}
                onChange={(changes) => put(i, changes)}
                onRemove={() => onChange(arms.filter((_, at) => at !== i))}
              />
            ))}
          </ol>
          <Sum arms={arms} />
          <div className="field-buttons">
            <Button
              size="xs"
              variant="default"
              leftSection={<IconPlus size={14} />}
              disabled={arms.length >= (schema.maxItems ?? 99)}
              onClick={add}
            >
              {say.add}
            </Button>
            <Button
              size="xs"
              variant="default"
              leftSection={<IconEqual size={14} />}
              disabled={arms.length === 0}
              onClick={share}
            >
              {say.equal}
            </Button>
          </div>
        </>
      )}
    </Frame>
  );
}

interface ArmRowProps {
  arm: Arm;
  index: number;
  fixed: boolean;
  onChange: (changes: Partial<Arm>) => void;
  onRemove: () => void;
}

function ArmRow({ arm, index, fixed, onChange, onRemove }: ArmRowProps) {
  const name = arm.label || say.arm(index + 1);
  return (
    <li data-hue={index % 5}>
      <i aria-hidden="true" />
      <input
        className="control"
        aria-label={`${say.label}, ${say.arm(index + 1)}`}
        autoComplete="off"
        maxLength={60}
        value={arm.label}
        onChange={(event) => onChange({ label: event.currentTarget.value })}
      />
      <NumberInput
        className="control control-number digits"
        aria-label={`${say.percent}, ${name}`}
        min={0}
        max={100}
        value={arm.weight}
        onChange={(weight) => onChange({ weight: weight ?? 0 })}
      />
      <span aria-hidden="true">%</span>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="sm"
        disabled={fixed}
        aria-label={words.list.remove(name)}
        onClick={onRemove}
      >
        <IconTrash size={15} />
      </ActionIcon>
    </li>
  );
}

function Bar({ arms }: { arms: Arm[] }) {
  return (
    <div className="arms-bar" aria-hidden="true">
      {arms.map((arm, i) => (
        <i
          key={arm.id || i}
          data-hue={i % 5}
          style={{ width: `${Math.min(100, Math.max(0, arm.weight))}%` }}
        />
      ))}
    </div>
  );
}

/** The sum, and what is wrong with it. */
function Sum({ arms }: { arms: Arm[] }) {
  const rest = missing(arms.map((arm) => arm.weight));
  const text = (hundredths: number) => number(hundredths / 100);
  return (
    <p className="arms-sum digits" role="status" data-off={rest !== 0 || undefined}>
      {say.sum(text(10_000 - rest))}
      {rest !== 0 && ` – ${rest > 0 ? say.left(text(rest)) : say.over(text(-rest))}`}
    </p>
  );
}

function armsOf(value: unknown): Arm[] {
  if (!Array.isArray(value)) return [];
  return value.filter(isFields).map((arm) => ({
    ...arm,
    id: typeof arm.id === 'string' ? arm.id : '',
    label: typeof arm.label === 'string' ? arm.label : '',
    weight: typeof arm.weight === 'number' ? arm.weight : 0,
  }));
}
