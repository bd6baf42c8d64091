/** The tables journeys read: what is in them, how they join, how fresh they are, and what is wrong with them. */

import { Button } from '@mantine/core';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { api, unwrap } from '../api/client';
import type { Failure } from '../api/failure';
import type { components } from '../api/schema';
import { DataPage, PageHead } from '../ui/DataPage';
import { Moment } from '../ui/Moment';
import { Notice } from '../ui/Notice';
import { Wrong } from '../ui/Wrong';
import { TableSheet } from './TableSheet';
import { words } from './words';
import './sources.css';

type SourceTables = components['schemas']['SourceTables'];

/** Every table is asked for its count, so this is not asked again by itself. */
const FRESH_MS = 60_000;

const sourcesQuery = queryOptions<SourceTables, Failure>({
  queryKey: ['sources'],
  queryFn: ({ signal }) => unwrap(api.GET('/api/v1/sources', { signal })),
  staleTime: FRESH_MS,
  refetchOnWindowFocus: false,
});

export function SourcesPage() {
  const query = useQuery(sourcesQuery);
  return (
    <DataPage title={words.title} query={query} say={words}>
      {(found) => <Sources found={found} looking={query.isFetching} onLook={() => void query.refetch()} />}
    </DataPage>
  );
}

interface SourcesProps {
  found: SourceTables;
  looking: boolean;
  onLook: () => void;
}

function Sources({ found, looking, onLook }: SourcesProps) {
  const { tables, problems } = found;
  const troubled = tables.filter((each) => each.problems.length > 0).length;
  const again = (
    <Button variant="default" loading={looking} onClick={onLook}>
      {words.again}
    </Button>
  );
  if (tables.length === 0) {
    return (
      <Notice title={words.empty} text={words.emptyText}>
        <p>
          {words.emptyFile} <code>{found.file}</code>
        </p>
        {problems.map((each) => (
          <Wrong key={each.text} {...each} />
        ))}
        {again}
      </Notice>
    );
  }
  return (
    <div className="page-body">
      <PageHead title={words.title} text={words.summary(tables.length, troubled)}>
        {again}
      </PageHead>
      <p className="sources-about">
        {words.from} <code>{found.file}</code> · {words.zone} {found.time_zone} · {words.checked}{' '}
        <Moment at={found.checked_at} />
      </p>
      {problems.length > 0 && (
        <section className="sheet" aria-label={words.model}>
          {problems.map((each) => (
            <Wrong key={each.text} {...each} />
          ))}
        </section>
      )}
      {tables.map((each) => (
        <TableSheet key={each.name} table={each} />
      ))}
    </div>
  );
}
