/** A line of the draft: wide enough to be hit, and in the accent while a step is held over it. */

import type { EdgeProps } from '@xyflow/react';
import { memo } from 'react';
import type { Simulation } from '../../../api/types';
import { useSurface } from '../editor';
import type { DraftEdge } from './elements';
import '../../canvas/line.css';
import './draft-line.css';

export const DraftLine = memo(function DraftLine({ id, data, selected }: EdgeProps<DraftEdge>) {
  const hot = useSurface((state) => state.hot === `line ${id}`);
  const share = useSurface(({ forecast }) => (forecast ? shareOf(forecast, id) : null));
  if (!data) return null;
  return (
    <>
      <path
        className="line draft-line"
        data-line={id}
        data-hot={hot || undefined}
        data-selected={selected || undefined}
        data-none={share === 0 || undefined}
        style={{ d: `path("${data.path}")`, ...widthOf(share) } as React.CSSProperties}
        d={data.path}
      />
      <path className="draft-line-hit" d={data.path} />
    </>
  );
});

/** As thick as its share of everybody who comes in. */
function shareOf({ edges, entered, inside_before }: Simulation, id: string): number {
  return Math.min(1, (edges[id] ?? 0) / Math.max(1, entered + inside_before));
}

function widthOf(share: number | null): React.CSSProperties {
  return share === null ? {} : { strokeWidth: 1.5 + 5.5 * share };
}
