/** Some of a few: every value is a toggle, and they stay in the order of the schema. */

import { type FieldProps, useForm } from '../context';
import { Frame } from '../Frame';
import { resolve, type Schema, valueName } from '../schema';

export function SetField({ schema, value, path, title, onChange }: FieldProps) {
  const { root } = useForm();
  const item = resolve(schema.items ?? {}, root);
  const options = item.enum ?? [];
  const chosen = new Set(Array.isArray(value) ? value : []);
  const turn = (option: unknown) => {
    const next = new Set(chosen);
    if (!next.delete(option)) next.add(option);
    onChange(options.filter((each) => next.has(each)));
  };
  return (
    <Frame title={title} schema={schema} path={path} group>
      {(tied) => (
        <div className="set">
          {options.map((option) => (
            <label key={String(option)}>
              <input
                type="checkbox"
                aria-invalid={tied['aria-invalid']}
                checked={chosen.has(option)}
                onChange={() => turn(option)}
              />
              <span>{valueName(option, item)}</span>
            </label>
          ))}
        </div>
      )}
    </Frame>
  );
}

/** A list that holds each of a few values once or not at all. */
export function isSet(schema: Schema, root: Schema): boolean {
  return schema.type === 'array' && resolve(schema.items ?? {}, root).enum !== undefined;
}
