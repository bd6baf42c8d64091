/** A line of the draft: wide enough to be hit, and in the accent while a step is held over it. */

import type { EdgeProps } from '@xyflow/react';
import { memo } from 'react';
import { useSurface } from '../editor';
import type { DraftEdge } from './elements';
import '../../canvas/line.css';
import './draft-line.css';

export const DraftLine = memo(function DraftLine({ id, data, selected }: EdgeProps<DraftEdge>) {
  const hot = useSurface((state) => state.hot === `line ${id}`);
  if (!data) return null;
  return (
    <>
      <path
        className="line draft-line"
        data-line={id}
        data-hot={hot || undefined}
        data-selected={selected || undefined}
        style={{ d: `path("${data.path}")` } as React.CSSProperties}
        d={data.path}
      />
      <path className="draft-line-hit" d={data.path} />
    </>
  );
});
