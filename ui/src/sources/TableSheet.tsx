/** One table: what it is for, how many rows and how fresh, what is wrong, and its columns. */

import type { components } from '../api/schema';
import { number } from '../app/format';
import { Moment } from '../ui/Moment';
import { Wrong } from '../ui/Wrong';
import { words } from './words';

type SourceTable = components['schemas']['SourceTable'];
type TableColumn = components['schemas']['TableColumn'];

export function TableSheet({ table }: { table: SourceTable }) {
  const { name, problems, columns } = table;
  return (
    <section className="sheet source" aria-labelledby={`table-${name}`} data-table={name}>
      <div className="source-head">
        <h2 id={`table-${name}`}>{name}</h2>
        <span className="chip" data-tone={table.role === 'related' ? 'violet' : 'good'}>
          {roleOf(table)}
        </span>
        {table.scores && <span className="chip">{words.scores}</span>}
        {table.view && <span className="chip">{words.view}</span>}
        <code>{table.table}</code>
      </div>
      {table.comment && <p className="source-comment">{table.comment}</p>}
      <p className="source-facts digits">
        <b data-rows={table.rows ?? undefined}>
          {table.rows === null ? words.unknownRows : words.rows(table.rows, number(table.rows))}
        </b>
        {table.happened_at !== null && table.rows !== null && (
          <span>
            {table.newest_at === null ? (
              words.noNewest
            ) : (
              <>
                {words.newest} <Moment at={table.newest_at} />
              </>
            )}
          </span>
        )}
        <span>{joinOf(table)}</span>
      </p>
      {problems.map((each) => (
        <Wrong key={each.text} {...each} />
      ))}
      {columns.length > 0 && (
        <details open={table.role === 'customers'}>
          <summary>{words.columns(columns.length)}</summary>
          <Columns columns={columns} />
        </details>
      )}
    </section>
  );
}

function Columns({ columns }: { columns: readonly TableColumn[] }) {
  const { column } = words;
  return (
    <table className="source-columns">
      <thead>
        <tr>
          <th scope="col">{column.name}</th>
          <th scope="col">{column.type}</th>
          <th scope="col">{column.uses}</th>
          <th scope="col">{column.comment}</th>
        </tr>
      </thead>
      <tbody>
        {columns.map((each) => (
          <tr key={each.name}>
            <th scope="row">{each.name}</th>
            <td className="source-type">{each.type}</td>
            <td>
              {each.uses.map((use) => (
                <Use key={use} use={use} />
              ))}
            </td>
            <td className="source-about">{each.comment}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const CONTACT = 'contact:';

/** What a column is used as; whatever is personal stands out. */
function Use({ use }: { use: string }) {
  const contact = use.startsWith(CONTACT);
  const personal = contact || use === 'hidden';
  return (
    <span
      className="chip"
      data-tone={personal ? 'warn' : use === 'key' ? 'good' : undefined}
      title={personal ? words.personal : undefined}
    >
      {contact ? words.contact(use.slice(CONTACT.length)) : (words.use[use] ?? use)}
    </span>
  );
}

function roleOf({ role, cardinality }: SourceTable): string | undefined {
  return role === 'related' ? words.related[cardinality] : words.role[role];
}

function joinOf({ role, cardinality, key }: SourceTable): string {
  return role === 'customers' ? words.join.customers(key) : words.join[cardinality](key);
}
