/** One journey: its header, its canvas with live counts, and the open step beside it. */

import { Button } from '@mantine/core';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useCallback } from 'react';
import type { Failure } from '../api/failure';
import type { Drawing, JourneyDetail } from '../api/types';
import { TopBar } from '../app/shell/TopBar';
import { words } from '../app/words';
import { Notice } from '../ui/Notice';
import { usePageTitle } from '../ui/usePageTitle';
import { Canvas } from './canvas/Canvas';
import { CanvasSkeleton } from './canvas/CanvasSkeleton';
import { useJourneyView } from './canvas/useJourneyView';
import { JourneyBanners } from './header/JourneyBanners';
import { JourneyHeader } from './header/JourneyHeader';
import { StatsCard } from './header/StatsCard';
import { Inspector } from './inspector/Inspector';
import { type JourneyState, useJourney } from './live/useJourney';
import './journey.css';

export function JourneyPage() {
  const { id } = useParams({ from: '/journeys/$id' });
  return <JourneyOf key={id} id={id} />;
}

function JourneyOf({ id }: { id: string }) {
  const state = useJourney(id);
  const { detail, drawing, failure } = state;
  usePageTitle(detail?.name ?? id);
  if (!detail && failure)
    return <JourneyFailure failure={failure} retry={state.retry} retrying={state.retrying} />;
  return (
    <div className="journey-page">
      {detail ? <JourneyHeader detail={detail} /> : <TopBar compact />}
      <JourneyBanners state={state} />
      <main id="content" className="journey-main">
        {detail && drawing ? (
          <JourneyBody detail={detail} drawing={drawing} state={state} />
        ) : (
          <CanvasSkeleton />
        )}
      </main>
    </div>
  );
}

interface BodyProps {
  detail: JourneyDetail;
  drawing: Drawing;
  state: JourneyState;
}

function JourneyBody({ detail, drawing, state }: BodyProps) {
  const { view, layout, routes } = useJourneyView(drawing, state.report);
  const [selected, select] = useSelectedStep(detail.id);
  const step = view.steps.find((item) => item.id === selected);
  return (
    <>
      <StatsCard report={state.report} line={state.line} />
      <Canvas view={view} layout={layout} routes={routes} selected={step?.id ?? null} onSelect={select} />
      {step && (
        <Inspector
          key={step.id}
          step={step}
          view={view}
          data={drawing.document.nodes.find((node) => node.id === step.id)?.data ?? {}}
          report={state.report}
          onSelect={select}
        />
      )}
    </>
  );
}

/** Which step is open is part of the address. */
function useSelectedStep(id: string): [string | undefined, (step: string | null) => void] {
  const { step } = useSearch({ from: '/journeys/$id' });
  const navigate = useNavigate();
  const select = useCallback(
    (next: string | null) =>
      void navigate({
        to: '/journeys/$id',
        params: { id },
        search: next ? { step: next } : {},
        replace: true,
      }),
    [id, navigate],
  );
  return [step, select];
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
