/** What is going on on the canvas and is never saved: selection, what is carried, what is asked. */

import { createStore } from 'zustand/vanilla';
import type { Simulation } from '../../api/types';
import type { Spot } from '../graph/ops';

/** A new step from the palette, or steps of the journey: the one that was taken, and all that come along. */
export type Carried = { kind: 'new'; type: string } | { kind: 'step'; id: string; ids: readonly string[] };

export interface Asking {
  spot: Spot;
  /** Where on the page the question stands. */
  x: number;
  y: number;
}

export type Panel = 'search' | 'shortcuts' | 'publish' | 'delete' | null;

/** A card about the journey as a whole. */
export type Aside = 'settings' | 'forecast' | 'compare' | null;

export interface SurfaceState {
  selected: ReadonlySet<string>;
  line: string | null;
  /** A step that was just added: what it still lacks is no mistake until its card was left, or publishing was tried. */
  fresh: string | null;
  carried: Carried | null;
  /** The spot that takes what is carried when it is let go. */
  hot: string | null;
  asking: Asking | null;
  panel: Panel;
  aside: Aside;
  /** What this very draft would do; its counts are drawn on the canvas. */
  forecast: Simulation | null;
  /** The journey as a list stands beside the canvas, or over it where it is narrow. */
  outline: boolean;
  /** A sentence for those who listen, and for a moment for those who see. */
  said: { text: string; tone: 'calm' | 'bad'; at: number } | null;
}

const NOBODY: ReadonlySet<string> = new Set();

export function createSurface() {
  const store = createStore<SurfaceState>(() => ({
    selected: NOBODY,
    line: null,
    fresh: null,
    carried: null,
    hot: null,
    asking: null,
    panel: null,
    aside: null,
    forecast: null,
    outline: false,
    said: null,
  }));
  return {
    store,
    now: () => store.getState(),
    set: (part: Partial<SurfaceState>) => store.setState(part),
    select: (steps: Iterable<string>) => store.setState({ selected: new Set(steps), line: null }),
    selectLine: (line: string) => store.setState({ selected: NOBODY, line }),
    clear: () => store.setState({ selected: NOBODY, line: null, asking: null }),
    say: (text: string, tone: 'calm' | 'bad' = 'calm') =>
      store.setState({ said: { text, tone, at: Date.now() } }),
  };
}

export type Surface = ReturnType<typeof createSurface>;
