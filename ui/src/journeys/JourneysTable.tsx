/** The list itself: a table on wide pages, cards on narrow ones. */

import { Link } from '@tanstack/react-router';
import { type JourneyRow, statusOf } from '../api/types';
import { number } from '../app/format';
import { words } from '../app/words';
import { Moment } from '../ui/Moment';
import { StatusBadge } from '../ui/StatusBadge';

const { columns, none, share } = words.journeys;

export function JourneysTable({ rows }: { rows: JourneyRow[] }) {
  return (
    <table className="journeys-table">
      <thead>
        <tr>
          <th scope="col">{columns.name}</th>
          <th scope="col">{columns.status}</th>
          <th scope="col" className="figure">
            {columns.inside}
          </th>
          <th scope="col" className="figure">
            {columns.entered}
          </th>
          <th scope="col" className="figure">
            {columns.ended}
          </th>
          <th scope="col" className="figure">
            {columns.version}
          </th>
          <th scope="col" className="figure">
            {columns.edited}
          </th>
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

function Row({ row }: { row: JourneyRow }) {
  const { counts } = row;
  return (
    <tr data-journey={row.id}>
      <th scope="row">
        <Link to="/journeys/$id" params={{ id: row.id }} className="journeys-name">
          {row.name}
        </Link>
        <Filling row={row} />
      </th>
      <td data-part="status">
        <StatusBadge status={statusOf(row.status)} />
      </td>
      <Figure label={columns.inside} value={counts?.inside} strong />
      <Figure label={columns.entered} value={counts?.entered} />
      <Figure label={columns.ended} value={counts?.ended} />
      <td className="figure digits" data-label={columns.version} data-part="version">
        {row.version === null ? none : row.version}
      </td>
      <td className="figure" data-label={columns.edited} data-part="edited">
        <Moment at={row.updated_at} />
      </td>
    </tr>
  );
}

interface FigureProps {
  label: string;
  value: number | undefined;
  strong?: boolean;
}

function Figure({ label, value, strong }: FigureProps) {
  return (
    <td
      className="figure digits"
      data-label={label}
      data-strong={strong}
      data-empty={value === undefined || undefined}
    >
      {value === undefined ? none : number(value)}
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
