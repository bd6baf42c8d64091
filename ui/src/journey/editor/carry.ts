/** Carrying a step with the pointer, mouse, pen or finger alike: from the palette, or from its place in the journey. */

import { type ReactFlowInstance, useReactFlow } from '@xyflow/react';
import { type PointerEvent as ReactPointerEvent, useCallback } from 'react';
import { moveSteps } from '../graph/ops';
import { nearestSpot, type PlacedSpot } from '../graph/spots';
import { add, move } from './commands';
import { type Editor, useEditor } from './editor';
import type { Carried } from './surface';

/** Closer than this, a press is no drag. */
const SLOP = { mouse: 5, pen: 6, touch: 8 };
/** Screen pixels from which a spot draws the step to itself. */
const REACH = 72;
/** So close to its border the canvas moves along, so many pixels per frame. */
const BORDER = 44;
const PAN = 9;

interface Trip {
  editor: Editor;
  flow: ReactFlowInstance;
  carried: Carried;
  targets: ReadonlySet<string>;
  x: number;
  y: number;
  over: boolean;
  frame: number;
}

/** A pointer-down handler that lets what it is put on be carried. */
export function useCarry(
  carried: { kind: 'new'; type: string } | { kind: 'step'; id: string },
): (event: ReactPointerEvent<HTMLElement>) => void {
  const editor = useEditor();
  const flow = useReactFlow();
  const { kind } = carried;
  const what = carried.kind === 'new' ? carried.type : carried.id;
  return useCallback(
    (event) => {
      if (event.button !== 0 || !event.isPrimary || event.shiftKey || isHandle(event.target)) return;
      watch(event, (now) => {
        editor.pointer = { x: now.clientX, y: now.clientY };
        const load: Carried =
          kind === 'new' ? { kind, type: what } : { kind, id: what, ids: together(editor, what) };
        return begin(editor, flow as ReactFlowInstance, load);
      });
    },
    [editor, flow, kind, what],
  );
}

/** Wait until the pointer has really moved, then follow it. */
function watch(event: ReactPointerEvent<HTMLElement>, start: (now: PointerEvent) => Trip | null): void {
  const from = { x: event.clientX, y: event.clientY };
  const held: HTMLElement = event.currentTarget;
  const slop = SLOP[event.pointerType as keyof typeof SLOP] ?? SLOP.mouse;
  const listening = new AbortController();
  const { signal } = listening;
  let trip: Trip | null = null;
  const stop = () => {
    listening.abort();
    if (trip) cancelAnimationFrame(trip.frame);
    trip?.editor.surface.set({ carried: null, hot: null });
    trip = null;
  };
  held.addEventListener(
    'pointermove',
    (now) => {
      if (!trip && Math.hypot(now.clientX - from.x, now.clientY - from.y) < slop) return;
      if (!trip) {
        trip = start(now);
        if (!trip) return stop();
        held.setPointerCapture(now.pointerId);
      }
      follow(trip, now.clientX, now.clientY);
    },
    { signal },
  );
  held.addEventListener(
    'pointerup',
    () => {
      const done = trip;
      if (done) swallowClick();
      stopWith(done, stop);
    },
    { signal },
  );
  held.addEventListener('pointercancel', stop, { signal });
  window.addEventListener('keydown', (key) => trip && key.key === 'Escape' && stop(), { signal });
}

function stopWith(trip: Trip | null, stop: () => void): void {
  const hot = trip?.editor.surface.now().hot ?? null;
  const over = trip?.over ?? false;
  stop();
  if (trip) drop(trip, over ? hot : null, over);
}

/** One of several that are selected takes them along; entries stay where they are. */
function together(editor: Editor, id: string): string[] {
  const { selected } = editor.surface.now();
  const faces = editor.faces();
  return selected.has(id) ? [...selected].filter((each) => faces[each]?.group !== 'start') : [id];
}

function begin(editor: Editor, flow: ReactFlowInstance, carried: Carried): Trip | null {
  if (carried.kind === 'step' && editor.faces()[carried.id]?.group === 'start') return null;
  const targets = targetsOf(editor, carried);
  editor.surface.set({ carried, hot: null, asking: null });
  const trip: Trip = { editor, flow, carried, targets, x: 0, y: 0, over: false, frame: 0 };
  const glide = () => {
    panAtBorder(trip);
    trip.frame = requestAnimationFrame(glide);
  };
  trip.frame = requestAnimationFrame(glide);
  return trip;
}

/** Spots that take what is carried: none for an entry, and for a step none behind its own branches. */
export function targetsOf(editor: Editor, carried: Carried): Set<string> {
  const fits = (spot: PlacedSpot) => {
    if (carried.kind === 'new') return editor.known.getState().starters.get(carried.type)?.group !== 'start';
    return moveSteps(editor.draft.document(), carried.ids, spot.spot, editor.portsOf) !== null;
  };
  return new Set(editor.spots.filter(fits).map((spot) => spot.key));
}

function follow(trip: Trip, x: number, y: number): void {
  trip.x = x;
  trip.y = y;
  const { editor, flow, targets } = trip;
  const point = flow.screenToFlowPosition({ x, y });
  const reach = REACH / flow.getZoom();
  trip.over = isOverCanvas(x, y);
  const spot = trip.over ? nearestSpot(editor.spots, point, reach, (item) => targets.has(item.key)) : null;
  const hot = spot?.key ?? null;
  if (editor.surface.now().hot !== hot) editor.surface.set({ hot });
}

function drop({ editor, carried }: Trip, hot: string | null, over: boolean): void {
  const spot = editor.spots.find((item) => item.key === hot)?.spot;
  if (carried.kind === 'step') {
    if (spot) move(editor, carried.ids, spot);
  } else if (over) {
    add(editor, carried.type, spot ?? { kind: 'ground' });
  }
}

function panAtBorder(trip: Trip): void {
  const { x, y, flow, over } = trip;
  const box = over ? document.querySelector('.canvas')?.getBoundingClientRect() : null;
  if (!box) return;
  const dx = x < box.left + BORDER ? PAN : x > box.right - BORDER ? -PAN : 0;
  const dy = y < box.top + BORDER ? PAN : y > box.bottom - BORDER ? -PAN : 0;
  if (dx === 0 && dy === 0) return;
  const view = flow.getViewport();
  void flow.setViewport({ ...view, x: view.x + dx, y: view.y + dy });
  follow(trip, x, y);
}

/** On the canvas itself, not on a card that floats over it. */
function isOverCanvas(x: number, y: number): boolean {
  return document.elementFromPoint(x, y)?.closest('.canvas') != null;
}

/** The click that follows a drag means nothing. */
function swallowClick(): void {
  const swallow = (event: Event) => {
    event.stopPropagation();
    event.preventDefault();
  };
  window.addEventListener('click', swallow, { capture: true, once: true });
  setTimeout(() => window.removeEventListener('click', swallow, { capture: true }), 60);
}

/** A drag from a way out draws a line. */
function isHandle(target: EventTarget): boolean {
  return target instanceof Element && target.closest('.react-flow__handle') !== null;
}
