/** A line: as thick as its share of everybody who entered; a drop runs along it when people have just passed. */

import { EdgeLabelRenderer, type EdgeProps, type ReactFlowState, useStore } from '@xyflow/react';
import { memo, useEffect, useRef, useState } from 'react';
import { shortNumber } from '../../app/format';
import type { LineEdge, LineEdgeData } from './elements';
import { useHighlight } from './highlight';
import './line.css';

/** Farther away than this, labels are only noise. */
const LABELS_FROM = 0.45;
/** Pixels per second of a drop. */
const DROP_SPEED = 170;

const far = (state: ReactFlowState) => state.transform[2] < LABELS_FROM;

export const LineEdgeView = memo(function LineEdgeView({ data }: EdgeProps<LineEdge>) {
  const overview = useStore(far);
  const highlight = useHighlight('lines', data?.line.id ?? '');
  if (!data) return null;
  const width = 1.5 + 5.5 * data.line.share;
  return (
    <>
      <path
        className="line"
        data-line={data.line.id}
        data-none={data.line.count === 0 || undefined}
        data-highlight={highlight}
        d={data.path}
        style={{ strokeWidth: width }}
      />
      {!overview && <Drop data={data} size={width / 2 + 1.75} />}
      {!overview && <Label data={data} />}
    </>
  );
});

function Label({ data: { line, label } }: { data: LineEdgeData }) {
  if (!line.label && line.count === null) return null;
  return (
    <EdgeLabelRenderer>
      <div
        className="line-label digits"
        data-line-label={line.id}
        style={{ transform: `translate(-50%, -50%) translate(${label.x}px, ${label.y}px)` }}
      >
        {line.label && <b>{line.label}</b>}
        {line.count !== null && (
          <span data-count={line.count} data-none={line.count === 0 || undefined}>
            {shortNumber(line.count)}
          </span>
        )}
      </div>
    </EdgeLabelRenderer>
  );
}

function Drop({ data, size }: { data: LineEdgeData; size: number }) {
  const drop = useGrowth(data.line.count);
  if (drop === 0) return null;
  return (
    <circle
      key={drop}
      className="drop"
      r={size}
      style={{ offsetPath: `path('${data.path}')`, animationDuration: `${data.length / DROP_SPEED}s` }}
    />
  );
}

/** How often a count has grown since it is shown. */
function useGrowth(count: number | null): number {
  const before = useRef(count);
  const [times, setTimes] = useState(0);
  useEffect(() => {
    if (count !== null && before.current !== null && count > before.current) setTimes((old) => old + 1);
    before.current = count;
  }, [count]);
  return times;
}
