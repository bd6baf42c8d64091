/** One journey: its draft to edit, or its run to watch; each loaded when it is looked at. */

import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams, useSearch } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import type { Failure } from '../api/failure';
import { journeyQuery } from '../api/queries';
import { hasRun, type JourneyDetail, statusOf } from '../api/types';
import { TopBar } from '../app/shell/TopBar';
import { words } from '../app/words';
import { Notice } from '../ui/Notice';
import { usePageTitle } from '../ui/usePageTitle';
import { CanvasSkeleton } from './canvas/CanvasSkeleton';
import './canvas/skeleton.css';
import './journey.css';

const LiveJourney = lazy(async () => ({ default: (await import('./live/LiveJourney')).LiveJourney }));
const DraftJourney = lazy(async () => {
  // Its words are asked for beside it, not after it.
  void import('./editor/words');
  return { default: (await import('./editor/DraftJourney')).DraftJourney };
});

export function JourneyPage() {
  const { id } = useParams({ from: '/journeys/$id' });
  return <JourneyOf key={id} id={id} />;
}

function JourneyOf({ id }: { id: string }) {
  const { data: detail, error, refetch, isFetching } = useQuery(journeyQuery(id));
  if (!detail && error)
    return <JourneyFailure failure={error} retry={() => void refetch()} retrying={isFetching} />;
  if (!detail) return <Loading name={id} />;
  return (
    <Suspense fallback={<Loading name={detail.name} />}>
      <Shown detail={detail} />
    </Suspense>
  );
}

/** A journey that never ran is only a draft. */
function Shown({ detail }: { detail: JourneyDetail }) {
  const { view = 'live' } = useSearch({ from: '/journeys/$id' });
  const live = hasRun(statusOf(detail.status)) && view === 'live';
  return live ? <LiveJourney detail={detail} /> : <DraftJourney detail={detail} />;
}

function Loading({ name }: { name: string }) {
  usePageTitle(name);
  return (
    <div className="journey-page">
      <TopBar compact />
      <main id="content" className="journey-main">
        <CanvasSkeleton />
      </main>
    </div>
  );
}

interface FailureProps {
  failure: Failure;
  retry: () => void;
  retrying: boolean;
}

function JourneyFailure({ failure, retry, retrying }: FailureProps) {
  const missing = failure.status === 404;
  const title = missing ? words.journey.missing : words.journey.failed;
  const text = missing ? words.journey.missingFix : `${failure.message} ${failure.fix}`;
  return (
    <>
      <TopBar />
      <main id="content">
        <Notice tone="bad" title={title} text={text}>
          {!missing && (
            <Button loading={retrying} onClick={retry}>
              {words.failure.retry}
            </Button>
          )}
          <Button variant="default" renderRoot={(props) => <Link to="/" {...props} />}>
            {words.notFound.back}
          </Button>
        </Notice>
      </main>
    </>
  );
}
