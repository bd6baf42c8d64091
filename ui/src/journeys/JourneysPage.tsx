/** All journeys, with who is in them. */

import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import { journeysQuery } from '../api/queries';
import type { JourneyRow } from '../api/types';
import { words } from '../app/words';
import { DataPage, PageHead } from '../ui/DataPage';
import { Notice } from '../ui/Notice';
import { EmptyJourneys } from './EmptyJourneys';
import { JourneysTable } from './JourneysTable';
import { ListFilters } from './ListFilters';
import { NewJourney } from './NewJourney';
import { type ListSearch, listed } from './order';
import '../ui/table.css';
import './journeys.css';

const say = words.journeys;

export function JourneysPage() {
  return (
    <DataPage title={say.title} query={useQuery(journeysQuery)} say={say}>
      {(rows) => (rows.length === 0 ? <EmptyJourneys /> : <Journeys rows={rows} />)}
    </DataPage>
  );
}

function Journeys({ rows }: { rows: JourneyRow[] }) {
  const search = useSearch({ from: '/' });
  const navigate = useNavigate();
  const ask = (next: ListSearch) => void navigate({ to: '/', search: next, replace: true });
  const found = useMemo(() => listed(rows, search), [rows, search]);
  const live = rows.filter((row) => row.status === 'live').length;
  const filtered = search.text !== undefined || search.status !== undefined;
  const { text: _, status: __, ...everything } = search;
  return (
    <div className="page-body">
      <PageHead
        title={say.title}
        text={filtered ? say.found(found.length, rows.length) : say.summary(rows.length, live)}
      >
        <NewJourney />
      </PageHead>
      <ListFilters rows={rows} search={search} onAsk={ask} />
      {found.length > 0 ? (
        <JourneysTable rows={found} search={search} onAsk={ask} />
      ) : (
        <Notice title={say.noneFits}>
          <Button variant="default" onClick={() => ask(everything)}>
            {say.showAll}
          </Button>
        </Notice>
      )}
    </div>
  );
}
