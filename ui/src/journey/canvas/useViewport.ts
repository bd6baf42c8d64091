/** What part of the journey is in sight: all of it at first, and an opened step never behind its card. */

import { type OnMoveStart, useReactFlow } from '@xyflow/react';
import { type RefObject, useCallback, useEffect, useRef } from 'react';
import { type Layout, METRICS } from '../graph/types';

/** Room kept free: the numbers or the palette float on the left of wide canvases, controls at the bottom. */
const SIDES = {
  live: {
    wide: { left: 288, right: 32, top: 24, bottom: 24, readable: 0.6 },
    narrow: { left: 16, right: 16, top: 84, bottom: 68, readable: 0.75 },
  },
  draft: {
    wide: { left: 264, right: 32, top: 32, bottom: 32, readable: 0.6 },
    narrow: { left: 16, right: 16, top: 24, bottom: 150, readable: 0.75 },
  },
};
type Mode = keyof typeof SIDES;
const WIDE = 900;
const INSPECTOR = 432;
/** A strip that comes or goes above the canvas must not make everything jump. */
const A_STRIP = 130;
const GLIDE_MS = 240;

interface Viewport {
  fit: () => void;
  fitAtOnce: () => void;
  onMoveStart: OnMoveStart;
}

export function useViewport(
  frame: RefObject<HTMLDivElement | null>,
  layout: Layout,
  selected: string | null,
  mode: Mode = 'live',
  beside = INSPECTOR,
): Viewport {
  const flow = useReactFlow();
  const moved = useRef(false);
  const newest = useRef(layout);
  newest.current = layout;
  // What is edited stays where it is; another version is shown whole.
  const fitted = mode === 'live' ? layout : null;

  // biome-ignore lint/correctness/useExhaustiveDependencies: another layout to fit makes another way to fit it
  const show = useCallback(
    (smallest: number | null, duration: number) => {
      const box = frame.current?.getBoundingClientRect();
      if (!box) return;
      const next = viewportFor(box, newest.current, smallest, mode);
      void flow.setViewport(next, { duration: calm() ? 0 : duration });
    },
    [flow, frame, mode, fitted],
  );
  const fitAtOnce = useCallback(() => show(null, 0), [show]);
  const fit = useCallback(() => {
    moved.current = false;
    show(0.05, GLIDE_MS);
  }, [show]);
  const onMoveStart = useCallback<OnMoveStart>((event) => {
    if (event) moved.current = true;
  }, []);

  useEffect(() => {
    moved.current = false;
    fitAtOnce();
    const canvas = frame.current;
    if (!canvas) return;
    let size = { width: canvas.clientWidth, height: canvas.clientHeight };
    const watcher = new ResizeObserver(() => {
      const next = { width: canvas.clientWidth, height: canvas.clientHeight };
      const same = next.width === size.width && Math.abs(next.height - size.height) < A_STRIP;
      if (moved.current || same) return;
      size = next;
      fitAtOnce();
    });
    watcher.observe(canvas);
    return () => watcher.disconnect();
  }, [frame, fitAtOnce]);

  useEffect(() => {
    const box = frame.current?.getBoundingClientRect();
    const corner = selected ? layout.positions.get(selected) : undefined;
    if (!box || !corner) return;
    const { x, y, zoom } = flow.getViewport();
    const shift = uncover(box, { x: corner.x * zoom + x, y: corner.y * zoom + y }, zoom, mode, beside);
    if (shift.x === 0 && shift.y === 0) return;
    void flow.setViewport({ x: x + shift.x, y: y + shift.y, zoom }, { duration: calm() ? 0 : GLIDE_MS });
  }, [flow, frame, layout, selected, mode, beside]);

  return { fit, fitAtOnce, onMoveStart };
}

function viewportFor(
  box: DOMRect,
  layout: Layout,
  smallest: number | null,
  mode: Mode,
): { x: number; y: number; zoom: number } {
  const pad = box.width >= WIDE ? SIDES[mode].wide : SIDES[mode].narrow;
  const { bounds } = layout;
  const width = box.width - pad.left - pad.right;
  const height = box.height - pad.top - pad.bottom;
  const whole = Math.min(1, width / Math.max(1, bounds.width), height / Math.max(1, bounds.height));
  // Smaller nobody can read a card: rather show the beginning than everything.
  const zoom = Math.max(smallest ?? pad.readable, whole);
  const rows = [...layout.positions.values()].filter((corner) => corner.y === bounds.y);
  // While drawing, what is not connected yet stands beside the entries; the first step is the one to see.
  const top = mode === 'draft' ? rows.slice(0, 1) : rows;
  const entries =
    top.reduce((sum, corner) => sum + corner.x + METRICS.width / 2, 0) / Math.max(1, top.length);
  const centre = bounds.width * zoom > width ? entries : bounds.x + bounds.width / 2;
  const spare = Math.max(0, height - bounds.height * zoom) / 2;
  return {
    x: pad.left + width / 2 - centre * zoom,
    y: pad.top + Math.min(spare, 48) - bounds.y * zoom,
    zoom,
  };
}

/** How far to move so that a step's card is beside the inspector, or above it on narrow canvases. */
function uncover(
  box: DOMRect,
  corner: { x: number; y: number },
  zoom: number,
  mode: Mode,
  beside: number,
): { x: number; y: number } {
  const wide = box.width >= WIDE;
  const right = wide ? Math.max(SIDES[mode].wide.left, box.width - beside - 24) : box.width - 8;
  const bottom = wide ? box.height - 24 : box.height * 0.38;
  const left = wide ? SIDES[mode].wide.left : 8;
  const width = METRICS.width * zoom;
  const height = METRICS.height * zoom;
  const x = corner.x + width > right ? right - corner.x - width : corner.x < left ? left - corner.x : 0;
  const y = corner.y + height > bottom ? bottom - corner.y - height : corner.y < 16 ? 16 - corner.y : 0;
  return { x, y };
}

function calm(): boolean {
  return matchMedia('(prefers-reduced-motion: reduce)').matches;
}
