/** The journey as it runs: its header, its canvas with live counts, and the open step beside it. */

import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback } from 'react';
import type { Drawing, JourneyDetail } from '../../api/types';
import { usePageTitle } from '../../ui/usePageTitle';
import { Canvas } from '../canvas/Canvas';
import { CanvasSkeleton } from '../canvas/CanvasSkeleton';
import { useJourneyView } from '../canvas/useJourneyView';
import { JourneyBanners } from '../header/JourneyBanners';
import { JourneyHeader } from '../header/JourneyHeader';
import { StatsCard } from '../header/StatsCard';
import { Inspector } from '../inspector/Inspector';
import { type JourneyState, useJourney } from './useJourney';

export function LiveJourney({ detail }: { detail: JourneyDetail }) {
  const state = useJourney(detail.id);
  const { drawing } = state;
  usePageTitle(detail.name);
  return (
    <div className="journey-page">
      <JourneyHeader detail={detail} />
      <JourneyBanners state={state} />
      <main id="content" className="journey-main">
        {drawing ? <JourneyBody detail={detail} drawing={drawing} state={state} /> : <CanvasSkeleton />}
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
        search: ({ step: _, ...rest }) => (next ? { ...rest, step: next } : rest),
        replace: true,
      }),
    [id, navigate],
  );
  return [step, select];
}
