/** The list itself: a table on wide pages, cards on narrow ones. */

import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { type JourneyRow, statusOf } from '../api/types';
import { number } from '../app/format';
import { words } from '../app/words';
import { Moment } from '../ui/Moment';
import { StatusBadge } from '../ui/StatusBadge';
import { COLUMNS, type Column, directionOf, type ListSearch, turned } from './order';

const { columns, none, share } = words.journeys;

interface JourneysTableProps {
  rows: readonly JourneyRow[];
  search: ListSearch;
  onAsk: (search: ListSearch) => void;
}

export function JourneysTable({ rows, search, onAsk }: JourneysTableProps) {
  return (
    <table className="table journeys-table">
      <thead>
        <tr>
          {COLUMNS.map((column) => (
            <Head key={column} {...{ column, search, onAsk }} />
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <Row key={row.id} row={row} />
        ))}
      </tbody>
    </table>
  );
}

const TEXTS: readonly Column[] = ['name', 'owner', 'status'];
const SORTS = { up: 'ascending', down: 'descending' } as const;

function Head({ column, search, onAsk }: Omit<JourneysTableProps, 'rows'> & { column: Column }) {
  const direction = directionOf(search, column);
  const Arrow = direction === 'up' ? IconArrowUp : IconArrowDown;
  return (
    <th
      scope="col"
      className={TEXTS.includes(column) ? undefined : 'figure'}
      aria-sort={direction ? SORTS[direction] : undefined}
    >
      <button type="button" onClick={() => onAsk(turned(search, column))}>
        {columns[column]}
        <Arrow size={13} stroke={2} aria-hidden="true" />
      </button>
    </th>
  );
}

function Row({ row }: { row: JourneyRow }) {
  const { counts } = row;
  return (
    <tr data-journey={row.id}>
      <th scope="row">
        <Link to="/journeys/$id" params={{ id: row.id }} className="table-name">
          {row.name}
        </Link>
        <Filling row={row} />
      </th>
      <td data-part="status">
        <StatusBadge status={statusOf(row.status)} />
      </td>
      <td data-label={columns.owner} data-part="owner" data-empty={!row.owner || undefined}>
        {row.owner || none}
      </td>
      <Figure column="inside" value={counts?.inside} strong />
      <Figure column="entered" value={counts?.entered} />
      <Figure column="sent" value={row.sent ?? undefined} />
      <Figure column="converted" value={counts?.converted || undefined} />
      <Time column="next" at={row.next_due_at} />
      <td className="figure digits" data-label={columns.version} data-part="version">
        {row.version === null ? none : row.version}
      </td>
      <Time column="edited" at={row.updated_at} />
    </tr>
  );
}

interface FigureProps {
  column: Column;
  value: number | undefined;
  strong?: boolean;
}

function Figure({ column, value, strong }: FigureProps) {
  return (
    <td
      className="figure digits"
      data-label={columns[column]}
      data-part={column}
      data-strong={strong}
      data-empty={value === undefined || undefined}
    >
      {value === undefined ? none : number(value)}
    </td>
  );
}

function Time({ column, at }: { column: Column; at: string | null }) {
  return (
    <td className="figure" data-label={columns[column]} data-part={column}>
      {at === null ? none : <Moment at={at} />}
    </td>
  );
}

/** How many of the people who entered are still inside, as a thin bar under the name. */
function Filling({ row }: { row: JourneyRow }) {
  const counts = row.counts;
  if (!counts || counts.entered === 0) return <span className="journeys-bar" data-empty />;
  return (
    <span className="journeys-bar" title={share(number(counts.inside), number(counts.entered))}>
      <i style={{ width: `${(100 * counts.inside) / counts.entered}%` }} />
    </span>
  );
}
