/** Rows of a table of events: which table, which of its rows count, and by which column somebody's are told apart. */

import { lazy, Suspense } from 'react';
import { fieldName, plain, sentence } from '../../app/format';
import type { Comparison } from '../../audience/rule';
import { useCatalogue } from '../catalogue';
import { type FieldProps, useForm } from '../context';
import { FormSkeleton } from '../FormSkeleton';
import { Frame } from '../Frame';
import type { Path } from '../problems';
import { isFields, resolve, type Schema, titleOf } from '../schema';
import { words } from '../words';

const EventWhere = lazy(() => import('../../audience/EventWhere'));

export function EventRowsWidget({ schema, value, path, title, onChange }: FieldProps) {
  const { root } = useForm();
  const catalogue = useCatalogue();
  const fields = isFields(value) ? value : {};
  const [table, key] = [textOf(fields.table), textOf(fields.key)];
  const related = catalogue?.sources.related ?? [];
  const tables = related.filter((each) => each.cardinality === 'many' && each.happened_at !== null);
  const columns = related.find((each) => each.name === table)?.columns ?? [];
  const part = (name: string) => resolve(schema.properties?.[name] ?? {}, root);
  const named = (name: string) => titleOf(name, part(name));
  return (
    <Frame title={title} schema={{ ...schema, description: undefined }} path={path} group shallow>
      {() => (
        <div className="nested-fields">
          <Choice
            title={named('table')}
            schema={part('table')}
            path={[...path, 'table']}
            value={table}
            options={tables.map(({ name }) => [name, sentence(plain(name))])}
            onChange={(next) => onChange({ table: next })}
          />
          {columns.length > 0 && (
            <>
              <Frame title={named('where')} schema={part('where')} path={[...path, 'where']} group>
                {() => (
                  <Suspense fallback={<FormSkeleton />}>
                    <EventWhere
                      table={table}
                      where={Array.isArray(fields.where) ? (fields.where as Comparison[]) : []}
                      onChange={(where) => onChange({ ...fields, where })}
                    />
                  </Suspense>
                )}
              </Frame>
              <Choice
                title={named('key')}
                schema={part('key')}
                path={[...path, 'key']}
                value={key}
                none={words.none}
                options={columns
                  .filter(({ type }) => type === 'text' || type === 'number')
                  .map(({ name }) => [name, fieldName(name)])}
                onChange={(next) => onChange({ ...fields, key: next })}
              />
            </>
          )}
        </div>
      )}
    </Frame>
  );
}

interface ChoiceProps {
  title: string;
  schema: Schema;
  path: Path;
  value: string;
  /** What choosing nothing is called; else something has to be chosen. */
  none?: string;
  options: [string, string][];
  onChange: (value: string) => void;
}

function Choice({ title, schema, path, value, none, options, onChange }: ChoiceProps) {
  const isKnown = options.some(([name]) => name === value);
  return (
    <Frame title={title} schema={schema} path={path}>
      {(tied) => (
        <select
          {...tied}
          className="control"
          value={value}
          onChange={(event) => onChange(event.currentTarget.value)}
        >
          {none && <option value="">{none}</option>}
          {!isKnown && (value || !none) && <option value={value}>{value || words.choose}</option>}
          {options.map(([name, label]) => (
            <option key={name} value={name}>
              {label}
            </option>
          ))}
        </select>
      )}
    </Frame>
  );
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
