/** Every journey's latest run: how many are inside, when it moves next, and what is in its way. */

import { Button } from '@mantine/core';
import { IconExternalLink } from '@tabler/icons-react';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api, unwrap } from '../api/client';
import type { Failure } from '../api/failure';
import type { components } from '../api/schema';
import { isRunning, statusOf } from '../api/types';
import { number } from '../app/format';
import { DataPage, PageHead } from '../ui/DataPage';
import { Moment } from '../ui/Moment';
import { Notice } from '../ui/Notice';
import { StatusBadge } from '../ui/StatusBadge';
import { Wrong } from '../ui/Wrong';
import { words } from './words';
import '../ui/table.css';
import './runs.css';

type RunRow = components['schemas']['RunRow'];

const EVERY_MS = 5_000;
const { columns, none } = words;

const runsQuery = queryOptions<RunRow[], Failure>({
  queryKey: ['runs'],
  queryFn: async ({ signal }) => (await unwrap(api.GET('/api/v1/runs', { signal }))).items,
  refetchInterval: EVERY_MS,
});

export function RunsPage() {
  return (
    <DataPage title={words.title} query={useQuery(runsQuery)} say={words}>
      {(rows) => (rows.length === 0 ? <Nothing /> : <Runs rows={rows} />)}
    </DataPage>
  );
}

function Nothing() {
  return (
    <Notice title={words.empty} text={words.emptyText}>
      <Button variant="default" renderRoot={(props) => <Link to="/" {...props} />}>
        {words.toJourneys}
      </Button>
    </Notice>
  );
}

function Runs({ rows }: { rows: RunRow[] }) {
  const running = rows.filter((row) => isRunning(statusOf(row.status))).length;
  return (
    <div className="page-body">
      <PageHead title={words.title} text={words.summary(rows.length, running)} />
      <table className="table runs-table">
        <thead>
          <tr>
            <th scope="col">{columns.journey}</th>
            <th scope="col">{columns.status}</th>
            <th scope="col" className="figure">
              {columns.inside}
            </th>
            <th scope="col" className="figure">
              {columns.entered}
            </th>
            <th scope="col" className="figure">
              {columns.sent}
            </th>
            <th scope="col" className="figure">
              {columns.next}
            </th>
            <th scope="col" className="figure">
              {columns.started}
            </th>
            <th scope="col">{columns.temporal}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row key={row.journey_id} row={row} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ row }: { row: RunRow }) {
  const { counts } = row;
  return (
    <tr data-run={row.journey_id}>
      <th scope="row">
        {row.is_deleted ? (
          <span className="table-name">{row.name}</span>
        ) : (
          <Link
            to="/journeys/$id"
            params={{ id: row.journey_id }}
            search={{ view: 'live' }}
            className="table-name"
          >
            {row.name}
          </Link>
        )}
        <span className="table-more">
          {words.version(row.version)}, {words.wave(number(row.wave))}
          {row.ended_at && (
            <>
              {' '}
              · {words.ended} <Moment at={row.ended_at} />
            </>
          )}
          {row.is_deleted && ` · ${words.deleted}`}
        </span>
        {row.trouble && <Wrong text={row.trouble} />}
      </th>
      <td data-part="status">
        <StatusBadge status={statusOf(row.status)} />
      </td>
      <Figure label={columns.inside} value={counts?.inside} strong />
      <Figure label={columns.entered} value={counts?.entered} />
      <Figure label={columns.sent} value={row.sent ?? undefined} />
      <Time label={columns.next} at={row.next_due_at} />
      <Time label={columns.started} at={row.started_at} />
      <td data-label={columns.temporal}>
        {row.workflow_url ? (
          <a href={row.workflow_url} target="_blank" rel="noreferrer" aria-label={words.openOf(row.name)}>
            {words.open} <IconExternalLink size={14} stroke={1.75} aria-hidden="true" />
          </a>
        ) : (
          none
        )}
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

function Time({ label, at }: { label: string; at: string | null }) {
  return (
    <td className="figure" data-label={label}>
      {at ? <Moment at={at} /> : none}
    </td>
  );
}
