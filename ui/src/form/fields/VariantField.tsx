/** One of several kinds, each with fields of its own. */

import { type FieldProps, useForm } from '../context';
import { Frame } from '../Frame';
import { ObjectFields } from '../ObjectFields';
import { blank, isFields, titleOf, variants } from '../schema';
import { words } from '../words';

const FEW = 4;

export function VariantField({ schema, value, path, title, onChange }: FieldProps) {
  const { root } = useForm();
  const kinds = variants(schema, root);
  const name = schema.discriminator?.propertyName ?? 'kind';
  const fields = isFields(value) ? value : {};
  const kind = typeof fields[name] === 'string' ? (fields[name] as string) : '';
  const chosen = kinds.get(kind);
  const choose = (next: string) => {
    const alternative = kinds.get(next);
    if (alternative && next !== kind) onChange({ ...(blank(alternative, root) as object), [name]: next });
  };
  const names = [...kinds].map(([tag, each]) => ({ tag, title: titleOf(tag, each) }));
  return (
    <Frame
      title={title}
      schema={{ ...schema, description: schema.description ?? chosen?.description }}
      path={path}
      group
      shallow
    >
      {(tied) => (
        <>
          {names.length <= FEW ? (
            <div className="segments">
              {names.map((each) => (
                <label key={each.tag}>
                  <input
                    type="radio"
                    name={tied.id}
                    checked={each.tag === kind}
                    onChange={() => choose(each.tag)}
                  />
                  <span>{each.title}</span>
                </label>
              ))}
            </div>
          ) : (
            <select
              className="control"
              aria-label={title}
              value={kind}
              onChange={(event) => choose(event.currentTarget.value)}
            >
              {!chosen && <option value={kind}>{words.choose}</option>}
              {names.map((each) => (
                <option key={each.tag} value={each.tag}>
                  {each.title}
                </option>
              ))}
            </select>
          )}
          {chosen && <ObjectFields schema={chosen} value={fields} path={path} onChange={onChange} />}
        </>
      )}
    </Frame>
  );
}
