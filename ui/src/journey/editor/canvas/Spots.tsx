/** Every “+”: on lines and at ways out that lead nowhere; all light up while a step is carried. */

import { IconPlus, IconTrash } from '@tabler/icons-react';
import { type ReactFlowState, useStore, ViewportPortal } from '@xyflow/react';
import { memo, useMemo } from 'react';
import { shortNumber } from '../../../app/format';
import type { PlacedSpot } from '../../graph/spots';
import type { Point } from '../../graph/types';
import { targetsOf } from '../carry';
import { removeSelection } from '../commands';
import { useEditor, useFaces, useSurface } from '../editor';
import { words } from '../words';

/** Farther away than this nobody can hit a “+”. */
const READABLE_FROM = 0.4;
const far = (state: ReactFlowState) => state.transform[2] < READABLE_FROM;

/** From so many on, only those in sight and near it are drawn. */
const MANY = 60;
/** What is in sight is looked at in tiles, so that moving within one draws nothing again. */
const TILE = 600;

/** The tiles in sight with one around them: left, top, right, bottom. */
function useSight(): string {
  return useStore(({ transform: [x, y, zoom], width, height }: ReactFlowState) => {
    const low = (shift: number) => Math.floor(-shift / zoom / TILE) - 1;
    const high = (shift: number, size: number) => Math.floor((size - shift) / zoom / TILE) + 2;
    return [low(x), low(y), high(x, width), high(y, height)].join(' ');
  });
}

function isInside(at: Point, sight: string): boolean {
  const [left = 0, top = 0, right = 0, bottom = 0] = sight.split(' ').map((tile) => Number(tile) * TILE);
  return at.x >= left && at.x <= right && at.y >= top && at.y <= bottom;
}

export const Spots = memo(function Spots({ spots }: { spots: readonly PlacedSpot[] }) {
  const editor = useEditor();
  const overview = useStore(far);
  const carried = useSurface((state) => state.carried);
  const faces = useFaces();
  const targets = useMemo(() => (carried ? targetsOf(editor, carried) : null), [editor, carried]);
  const sight = useSight();
  if (overview && !carried) return null;
  const shown = spots.length > MANY ? spots.filter(({ at }) => isInside(at, sight)) : spots;
  return (
    <ViewportPortal>
      {shown.map((spot) => (
        <SpotView
          key={spot.key}
          spot={spot}
          target={targets?.has(spot.key) ?? false}
          from={faces[spot.source]?.name ?? ''}
        />
      ))}
    </ViewportPortal>
  );
});

interface SpotProps {
  spot: PlacedSpot;
  target: boolean;
  from: string;
}

const SpotView = memo(function SpotView({ spot, target, from }: SpotProps) {
  const editor = useEditor();
  const hot = useSurface((state) => state.hot === spot.key);
  const line = spot.spot.kind === 'line' ? spot.spot.edge : null;
  const chosen = useSurface((state) => line !== null && state.line === line);
  const expected = useSurface(({ forecast }) =>
    forecast && line !== null ? (forecast.edges[line] ?? 0) : null,
  );
  const ask = (event: React.MouseEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    editor.surface.set({ asking: { spot: spot.spot, x: box.left + box.width / 2, y: box.bottom + 8 } });
  };
  return (
    <div
      className="spot nopan"
      data-spot={spot.key}
      data-open={line === null || undefined}
      data-hidden={spot.hidden || undefined}
      data-target={target || undefined}
      data-hot={hot || undefined}
      style={{ transform: `translate(${spot.at.x}px, ${spot.at.y}px) translate(-50%, -50%)` }}
    >
      {(spot.label || expected !== null) && (
        <span
          className="spot-label digits"
          data-expected={expected ?? undefined}
          data-named={spot.label ? true : undefined}
        >
          {spot.label}
          {expected !== null && <i>{shortNumber(expected)}</i>}
        </span>
      )}
      <button
        type="button"
        className="spot-add"
        tabIndex={-1}
        aria-label={words.canvas.addOn(from, spot.label)}
        aria-haspopup="dialog"
        onClick={ask}
      >
        <IconPlus size={14} stroke={2.2} aria-hidden="true" />
      </button>
      {chosen && (
        <button
          type="button"
          className="spot-add spot-remove"
          aria-label={words.canvas.removeLine}
          title={words.canvas.removeLine}
          onClick={() => removeSelection(editor)}
        >
          <IconTrash size={13} stroke={2} aria-hidden="true" />
        </button>
      )}
    </div>
  );
});
