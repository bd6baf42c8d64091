/** All journeys, with who is in them. */

import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { journeysQuery } from '../api/queries';
import type { JourneyRow } from '../api/types';
import { TopBar } from '../app/shell/TopBar';
import { words } from '../app/words';
import { Banner } from '../ui/Banner';
import { Notice } from '../ui/Notice';
import { usePageTitle } from '../ui/usePageTitle';
import { EmptyJourneys } from './EmptyJourneys';
import { JourneysSkeleton } from './JourneysSkeleton';
import { JourneysTable } from './JourneysTable';
import { NewJourney } from './NewJourney';
import './journeys.css';
import './narrow.css';

export function JourneysPage() {
  usePageTitle(words.journeys.title);
  const { data, error, refetch, isFetching } = useQuery(journeysQuery);
  const retry = (
    <Button
      variant={data ? 'default' : 'filled'}
      size={data ? 'xs' : 'sm'}
      loading={isFetching}
      onClick={() => refetch()}
    >
      {words.failure.retry}
    </Button>
  );
  return (
    <div className="journeys-page">
      <TopBar />
      {data && error && (
        <Banner
          tone={error.kind === 'away' ? 'away' : 'bad'}
          title={error.message}
          text={words.journeys.stale}
        >
          {retry}
        </Banner>
      )}
      <main id="content">
        {data ? (
          <Journeys rows={data} />
        ) : error ? (
          <Notice tone="bad" title={words.journeys.failed} text={`${error.message} ${error.fix}`}>
            {retry}
          </Notice>
        ) : (
          <JourneysSkeleton />
        )}
      </main>
    </div>
  );
}

function Journeys({ rows }: { rows: JourneyRow[] }) {
  if (rows.length === 0) return <EmptyJourneys />;
  const live = rows.filter((row) => row.status === 'live').length;
  return (
    <div className="journeys">
      <div className="journeys-head">
        <h1>{words.journeys.title}</h1>
        <p>{words.journeys.summary(rows.length, live)}</p>
        <NewJourney />
      </div>
      <JourneysTable rows={rows} />
    </div>
  );
}
