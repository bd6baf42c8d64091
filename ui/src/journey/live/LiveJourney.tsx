/** The journey as it runs: its header, its canvas with live counts, and the open step or its people beside it. */

import { useNavigate, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useCallback, useMemo, useState } from 'react';
import type { Drawing, JourneyDetail } from '../../api/types';
import { usePageTitle } from '../../ui/usePageTitle';
import { type Asks, asking } from '../asks';
import { Canvas } from '../canvas/Canvas';
import { CanvasSkeleton } from '../canvas/CanvasSkeleton';
import { Highlight, type Highlighted } from '../canvas/highlight';
import { useJourneyView } from '../canvas/useJourneyView';
import { JourneyBanners } from '../header/JourneyBanners';
import { JourneyHeader } from '../header/JourneyHeader';
import { StatsCard } from '../header/StatsCard';
import type { StepView } from '../view';
import type { Group } from './people/PeoplePanel';
import { type JourneyState, useJourney } from './useJourney';

const Inspector = lazy(async () => ({ default: (await import('../inspector/Inspector')).Inspector }));
const PeoplePanel = lazy(() => import('./people/PeoplePanel'));
const TellAsks = lazy(() => import('../TellAsks'));
const WhyPanel = lazy(() => import('./why/WhyPanel'));

/** What is told of people beside the canvas. Customers' ids stay out of the address. */
interface Side {
  /** The people of the open step. */
  group: Group | null;
  /** One customer's story, above the people they were found among; null: nobody is named yet. */
  story: { member: string | null } | null;
}

/** The width of the people's card, with its margins. */
const PEOPLE = 664;
const NOTHING: Side = { group: null, story: null };

export function LiveJourney({ detail }: { detail: JourneyDetail }) {
  const state = useJourney(detail.id);
  const [side, setSide] = useState(NOTHING);
  const { drawing } = state;
  usePageTitle(detail.name);
  return (
    <div className="journey-page">
      <JourneyHeader detail={detail} onWhy={() => setSide({ ...NOTHING, story: { member: null } })} />
      <JourneyBanners state={state} />
      <main id="content" className="journey-main">
        {drawing ? (
          <JourneyBody detail={detail} drawing={drawing} state={state} side={side} onSide={setSide} />
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
  side: Side;
  onSide: (side: Side) => void;
}

function JourneyBody({ detail, drawing, state, side, onSide }: BodyProps) {
  const [told, tell] = useAsking(drawing);
  const { view, layout, routes } = useJourneyView(told, state.report);
  const [selected, select] = useSelectedStep(detail.id);
  const [path, setPath] = useState<Highlighted | null>(null);
  const step = view.steps.find((item) => item.id === selected);
  const onSelect = (next: string | null, counts = false) => {
    const pressed = view.steps.find((item) => item.id === next);
    onSide(counts && pressed ? { ...NOTHING, group: { state: usual(pressed), reason: null } } : NOTHING);
    select(next);
  };
  const close = () => {
    onSide(NOTHING);
    select(null);
  };
  return (
    <>
      <StatsCard report={state.report} line={state.line} hasGoal={Boolean(drawing.document.settings?.goal)} />
      <Highlight value={path}>
        <Canvas
          view={view}
          layout={layout}
          routes={routes}
          selected={step?.id ?? null}
          onSelect={onSelect}
          beside={side.group && !side.story ? PEOPLE : undefined}
        />
      </Highlight>
      <Suspense>
        <TellAsks onTell={tell} />
      </Suspense>
      <Suspense>
        {step && !side.group && !side.story && (
          <Inspector
            key={step.id}
            step={step}
            view={view}
            data={drawing.document.nodes.find((node) => node.id === step.id)?.data ?? {}}
            report={state.report}
            onSelect={onSelect}
            onPeople={(group) => onSide({ ...NOTHING, group })}
          />
        )}
        {side.story ? (
          <WhyPanel
            key={side.group ? 'one' : 'any'}
            journey={detail.id}
            view={view}
            version={state.report?.version ?? null}
            member={side.story.member}
            onMember={(member) => onSide({ ...side, story: { member } })}
            onPath={setPath}
            onBack={side.group ? () => onSide({ ...side, story: null }) : undefined}
            onClose={close}
          />
        ) : (
          step &&
          side.group && (
            <PeoplePanel
              key={step.id}
              journey={detail.id}
              step={step}
              view={view}
              group={side.group}
              onGroup={(group) => onSide({ ...side, group })}
              onPerson={(member) => onSide({ ...side, story: { member } })}
              onBack={() => onSide(NOTHING)}
              onClose={close}
            />
          )
        )}
      </Suspense>
    </>
  );
}

/** The drawing whose steps say what they ask, as soon as that can be said. */
function useAsking(drawing: Drawing): [Drawing, (say: Asks) => void] {
  const [asks, setAsks] = useState<{ say: Asks } | null>(null);
  const tell = useCallback((say: Asks) => setAsks({ say }), []);
  const told = useMemo(
    () => ({ ...drawing, faces: asking(drawing.document, drawing.faces, asks?.say ?? null) }),
    [drawing, asks],
  );
  return [told, tell];
}

/** Whom the number on a card counts. */
function usual(step: StepView): Group['state'] {
  return step.isEnd || (step.counts?.here ?? 0) === 0 ? 'through' : 'here';
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
