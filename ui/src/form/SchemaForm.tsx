/** A form drawn from a JSON Schema; the server checks what is filled in, this only gives it a shape. */

import { useMemo } from 'react';
import { ALWAYS, FormContext, type Shows } from './context';
import { Troubles } from './Frame';
import { ObjectFields } from './ObjectFields';
import type { Path, Trouble } from './problems';
import { within } from './problems';
import type { Fields, Schema } from './schema';
import { useDraft } from './useDraft';
import './form.css';

interface SchemaFormProps {
  schema: Schema;
  value: Fields;
  problems: readonly Trouble[];
  path?: Path;
  inJourney?: boolean;
  lookBack?: boolean;
  shows?: Shows;
  onChange: (value: Fields) => void;
}

const ROOT: Path = [];

export function SchemaForm({
  schema,
  value,
  problems,
  path = ROOT,
  inJourney = false,
  lookBack = false,
  shows = ALWAYS,
  onChange,
}: SchemaFormProps) {
  const draft = useDraft(value, onChange);
  const form = useMemo(
    () => ({
      root: schema,
      problems: problems.filter((each) => shows(each.path)),
      inJourney,
      lookBack,
      shows,
      connection: '',
    }),
    [schema, problems, inJourney, lookBack, shows],
  );
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: leaving any field, or Enter in it, tells what was typed
    <div
      className="fields"
      onBlur={draft.flush}
      onKeyDown={(event) => event.key === 'Enter' && draft.flush()}
    >
      <FormContext value={form}>
        <Troubles found={homeless(form.problems, path, schema)} schema={schema} />
        <ObjectFields schema={schema} value={draft.value} path={path} onChange={draft.change} />
      </FormContext>
    </div>
  );
}

/** Problems of the form as a whole, and of fields it does not have. */
function homeless(problems: readonly Trouble[], path: Path, schema: Schema): Trouble[] {
  return within(problems, path).filter((problem) => {
    const name = problem.path[path.length];
    return name === undefined || !Object.hasOwn(schema.properties ?? {}, name);
  });
}
