/** Dotted lines from ways out that lead nowhere to their “+”. */

import { ViewportPortal } from '@xyflow/react';
import { memo } from 'react';
import { useSurface } from '../editor';
import type { DraftView } from './useDraftView';

export const Ways = memo(function Ways({ shown }: { shown: DraftView }) {
  return (
    <ViewportPortal>
      <svg className="way" width="1" height="1" aria-hidden="true">
        {shown.ways.map((way) => (
          <path key={way.id} d={way.path} />
        ))}
        <SpareWays shown={shown} />
      </svg>
    </ViewportPortal>
  );
});

/** Those of optional ways show only while something is carried. */
function SpareWays({ shown }: { shown: DraftView }) {
  const carrying = useSurface((state) => state.carried !== null);
  if (!carrying) return null;
  return shown.spots
    .filter((spot) => spot.hidden)
    .map(({ key, at }) => <path key={key} d={`M${at.x},${at.y - 24}L${at.x},${at.y}`} />);
}
