/** A step on the canvas: its icon, name and summary, and the people it holds or lost. */

import { Tooltip } from '@mantine/core';
import { Handle, type NodeProps, Position } from '@xyflow/react';
import { Fragment, memo } from 'react';
import { dayAndTime, fullTime, shortNumber, tinyNumber } from '../../app/format';
import { words } from '../../app/words';
import { portShare } from '../graph/routing';
import type { StepView } from '../view';
import type { StepNode } from './elements';
import { useHighlight } from './highlight';
import { iconOf } from './icons';
import { OutcomeReasons } from './OutcomeReasons';
import './step.css';

export const StepCard = memo(function StepCard({ data, selected }: NodeProps<StepNode>) {
  const { step, hasInput } = data;
  const Icon = iconOf(step.icon);
  const highlight = useHighlight('steps', step.id);
  const ports = step.ports.map((port) => port.id);
  return (
    <div
      className="step"
      data-step={step.id}
      data-kind={step.kind}
      data-here={step.counts?.here}
      data-ended={step.isEnd ? step.ended : undefined}
      data-selected={selected || undefined}
      data-highlight={highlight}
    >
      {hasInput && <Handle type="target" position={Position.Top} isConnectable={false} />}
      <span className="step-icon">
        <Icon size={19} stroke={1.75} />
      </span>
      <span className="step-text">
        <span className="step-head">
          <b title={step.name}>{step.name}</b>
          <People step={step} />
        </span>
        <i title={step.summary}>{step.summary}</i>
        {step.outcomes.length > 0 && <Outcomes step={step} />}
        {step.dueAt && step.outcomes.length === 0 && (
          <small className="step-due digits" title={fullTime(step.dueAt)}>
            {words.canvas.due[step.kind === 'start' ? 'start' : 'here'](dayAndTime(step.dueAt))}
          </small>
        )}
      </span>
      {ports.map((port) => (
        <Handle
          key={port}
          id={port}
          type="source"
          position={Position.Bottom}
          isConnectable={false}
          style={{ left: `${100 * portShare({ id: step.id, ports }, port)}%` }}
        />
      ))}
    </div>
  );
});

/** People waiting here, if anybody is; at an exit the people whose way ended here. */
function People({ step }: { step: StepView }) {
  if (!step.counts) return null;
  const count = step.isEnd ? step.ended : step.counts.here;
  if (count === 0 && !step.isEnd && step.kind !== 'wait') return null;
  return (
    <span className="step-people digits" data-none={count === 0 || undefined}>
      {shortNumber(count)} <small>{step.isEnd ? words.canvas.ended(count) : words.canvas.here}</small>
    </span>
  );
}

/** Outcomes are named as far as there is room – a name without it wraps out of sight –, others are told by their dots. */
function Outcomes({ step }: { step: StepView }) {
  const shown = step.outcomes.slice(0, 4);
  return (
    <Tooltip
      label={<OutcomeReasons step={step} />}
      position="bottom-start"
      offset={10}
      openDelay={120}
      withinPortal
      classNames={{ tooltip: 'floating-note' }}
    >
      <span className="step-outcomes digits">
        {shown.map((outcome, i) => (
          <Fragment key={outcome.name}>
            <span data-tone={outcome.tone} data-outcome={outcome.name} data-count={outcome.count}>
              {tinyNumber(outcome.count)}
            </span>
            {(i === 0 || shown.length < 3) && <small>{outcome.label}</small>}
          </Fragment>
        ))}
      </span>
    </Tooltip>
  );
}
