/** A step that can be carried, connected and opened; what is not right with it stands in its second line. */

import { IconAlertTriangle, IconInfoCircle, IconUnlink } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Handle, type NodeProps, Position } from '@xyflow/react';
import { memo } from 'react';
import { useStore } from 'zustand';
import { peopleQuery } from '../../../api/drafting';
import { number, shortNumber } from '../../../app/format';
import { iconOf } from '../../canvas/icons';
import { portShare } from '../../graph/routing';
import { METRICS } from '../../graph/types';
import { useCarry } from '../carry';
import { useEditor, useKnown, useSurface } from '../editor';
import { words } from '../words';
import type { DraftNode, DraftNodeData } from './elements';
import { SPARE_X } from './useDraftView';
import '../../canvas/step.css';
import './draft-card.css';

const say = words.canvas;

export const DraftCard = memo(function DraftCard({ id, data, selected }: NodeProps<DraftNode>) {
  const { step, hasInput, spare, reason, apart, notes } = data;
  const carry = useCarry({ kind: 'step', id });
  const away = useSurface(({ carried }) => carried?.kind === 'step' && carried.ids.includes(id));
  const Icon = iconOf(step.icon);
  const ports = step.ports.map((port) => port.id);
  return (
    <div
      className="step draft-step"
      data-step={id}
      data-kind={step.kind}
      data-selected={selected || undefined}
      data-away={away || undefined}
      data-apart={apart || undefined}
      data-severity={reason?.severity}
      onPointerDown={carry}
    >
      {hasInput && <Handle type="target" position={Position.Top} className="input" />}
      {notes.length > 0 && (
        <span className="step-note">
          {notes.map((text, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: only their texts are here
            <span key={i}>{text || words.notes.empty}</span>
          ))}
        </span>
      )}
      <span className="step-icon">
        <Icon size={19} stroke={1.75} />
      </span>
      <span className="step-text">
        <span className="step-head">
          <b title={step.name}>{step.name}</b>
          <Expected id={id} />
          {step.kind === 'start' && <Size id={id} />}
        </span>
        <Line data={data} />
      </span>
      {step.ports.map((port) => (
        <Handle
          key={port.id}
          id={port.id}
          type="source"
          position={Position.Bottom}
          title={say.way(port.label || say.next)}
          style={{ left: `${100 * portShare({ id, ports }, port.id)}%` }}
        />
      ))}
      {spare.map((port) => (
        <Handle
          key={port.id}
          id={port.id}
          type="source"
          position={Position.Bottom}
          className="spare"
          title={say.way(port.label)}
          style={{ left: `${(100 * SPARE_X) / METRICS.width}%` }}
        />
      ))}
    </div>
  );
});

/** How many would come here, while a forecast is shown. */
function Expected({ id }: { id: string }) {
  const count = useSurface(({ forecast }) => (forecast ? (forecast.nodes[id]?.arrived ?? 0) : null));
  if (count === null) return null;
  return (
    <span
      className="step-people expected digits"
      data-expected={count}
      title={words.forecast.expected(count)}
    >
      {shortNumber(count)}
    </span>
  );
}

/** How many an entry would let in now; a forecast tells more. */
function Size({ id }: { id: string }) {
  const rule = useStore(
    useEditor().draft.store,
    ({ document }) => document.nodes.find((node) => node.id === id)?.data.rule,
  );
  const forecast = useSurface((state) => state.forecast !== null);
  const troubled = useKnown(({ problems }) => problems.some((each) => each.node_id === id));
  const { data } = useQuery({
    ...peopleQuery(rule),
    enabled: rule !== undefined && !troubled && !forecast,
    placeholderData: keepPreviousData,
  });
  if (!data || forecast || rule === undefined) return null;
  return (
    <span className="step-people digits" data-size={data.count} title={say.size(number(data.count))}>
      {shortNumber(data.count)}
    </span>
  );
}

function Line({ data: { step, reason, apart } }: { data: DraftNodeData }) {
  if (apart)
    return (
      <i className="step-reason" data-severity="warning">
        <IconUnlink size={13} stroke={2} aria-hidden="true" />
        {say.apart}
      </i>
    );
  if (!reason) return <i title={step.summary}>{step.summary}</i>;
  const Icon = reason.severity === 'error' ? IconAlertTriangle : IconInfoCircle;
  return (
    <i className="step-reason" data-severity={reason.severity} title={reason.text}>
      <Icon size={13} stroke={2} aria-hidden="true" />
      {reason.text}
    </i>
  );
}
