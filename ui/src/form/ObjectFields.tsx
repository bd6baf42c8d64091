/** The fields of an object, in the order of its schema. */

import { useForm } from './context';
import { Field } from './Field';
import type { Path } from './problems';
import { type Fields, isMadeId, resolve, type Schema, titleOf, withDefaults } from './schema';

interface ObjectFieldsProps {
  schema: Schema;
  value: Fields;
  path: Path;
  onChange: (value: Fields) => void;
}

export function ObjectFields({ schema, value, path, onChange }: ObjectFieldsProps) {
  const { root } = useForm();
  const siblings = withDefaults(value, schema, root);
  const patch = (changes: Fields) => onChange({ ...value, ...changes });
  return Object.entries(schema.properties ?? {}).map(([name, raw]) => {
    const part = resolve(raw, root);
    if (isMadeId(name, part)) return null;
    return (
      <Field
        key={name}
        name={name}
        schema={part}
        value={value[name]}
        path={[...path, name]}
        title={titleOf(name, part)}
        required={schema.required?.includes(name) ?? false}
        siblings={siblings}
        patch={patch}
        onChange={(next) => patch({ [name]: next })}
      />
    );
  });
}
