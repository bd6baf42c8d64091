/** A column of a customer's: of their own table, or of one with one row for each; `column:date` takes only those kinds. */

import { fieldName, plain, sentence } from '../../app/format';
import { type Sources, useCatalogue } from '../catalogue';
import type { FieldProps } from '../context';
import { Frame } from '../Frame';
import { words } from '../words';

export function ColumnWidget({ schema, value, path, title, onChange }: FieldProps) {
  const catalogue = useCatalogue();
  const chosen = typeof value === 'string' ? value : '';
  const groups = catalogue ? columnsOf(catalogue.sources, kindsOf(schema['x-widget'] ?? '')) : [];
  const known = groups.some((group) => group.columns.includes(chosen));
  return (
    <Frame title={title} schema={schema} path={path}>
      {(tied) => (
        <select
          {...tied}
          className="control"
          value={chosen}
          onChange={(event) => onChange(event.currentTarget.value)}
        >
          {!known && <option value={chosen}>{chosen || words.choose}</option>}
          {groups.map((group) => (
            <optgroup key={group.title} label={group.title}>
              {group.columns.map((column) => (
                <option key={column} value={column}>
                  {fieldName(column.split('.').at(-1) ?? column)}
                </option>
              ))}
            </optgroup>
          ))}
        </select>
      )}
    </Frame>
  );
}

/** A date is also in a point in time. */
function kindsOf(widget: string): readonly string[] | null {
  const kind = widget.split(':')[1];
  if (!kind) return null;
  return kind === 'date' ? ['date', 'timestamp'] : [kind];
}

interface Group {
  title: string;
  columns: string[];
}

function columnsOf({ customers, related }: Sources, kinds: readonly string[] | null): Group[] {
  const fits = ({ type }: { type: string }) => kinds === null || kinds.includes(type);
  const title = (table: string) => sentence(plain(table.split('.').at(-1) ?? table));
  const own = {
    title: title(customers.table),
    columns: customers.columns.filter(fits).map(({ name }) => name),
  };
  const others = related
    .filter(({ cardinality }) => cardinality === 'one')
    .map(({ name, columns }) => ({
      title: title(name),
      columns: columns.filter(fits).map((column) => `${name}.${column.name}`),
    }));
  return [own, ...others].filter((group) => group.columns.length > 0);
}
