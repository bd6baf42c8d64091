/** The card of an open step: what it is set to, who passed it, and where they went. */

import { CloseButton } from '@mantine/core';
import { type KeyboardEvent, useEffect, useId, useRef } from 'react';
import type { Report } from '../../api/types';
import { words } from '../../app/words';
import { iconOf } from '../canvas/icons';
import type { Group } from '../live/people/PeoplePanel';
import type { JourneyView, StepView } from '../view';
import { StepSettings } from './Settings';
import { StepCounts } from './StepCounts';
import { WaysOn } from './WaysOn';
import './inspector.css';

interface InspectorProps {
  step: StepView;
  view: JourneyView;
  data: Record<string, unknown>;
  report: Report | null;
  onSelect: (step: string | null) => void;
  onPeople: (group: Group) => void;
}

export function Inspector({ step, view, data, report, onSelect, onPeople }: InspectorProps) {
  const Icon = iconOf(step.icon);
  const title = useId();
  const ref = useRef<HTMLElement>(null);
  useEffect(() => ref.current?.focus({ preventScroll: true }), []);
  const close = () => {
    onSelect(null);
    document
      .querySelector<HTMLElement>(`.react-flow__node[data-id="${step.id}"]`)
      ?.focus({ preventScroll: true });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') close();
  };
  return (
    <aside
      ref={ref}
      className="inspector"
      role="dialog"
      aria-labelledby={title}
      tabIndex={-1}
      onKeyDown={onKeyDown}
      data-kind={step.kind}
      data-step={step.id}
    >
      <div className="inspector-head">
        <span className="step-icon">
          <Icon size={19} stroke={1.75} />
        </span>
        <div>
          <p>{step.title}</p>
          <h2 id={title}>{step.name}</h2>
        </div>
        <CloseButton aria-label={words.inspector.close} onClick={close} />
      </div>
      {step.summary && <p className="inspector-summary">{step.summary}</p>}
      {step.counts && <StepCounts step={step} report={report} onPeople={onPeople} />}
      <WaysOn step={step} view={view} onSelect={onSelect} />
      <section>
        <h3>{words.inspector.settings}</h3>
        <StepSettings type={step.type} data={data} />
      </section>
    </aside>
  );
}
