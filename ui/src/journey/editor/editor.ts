/** Everything an editor is made of, shared by its parts: draft, surface, saving, and what is known of the steps. */

import { createContext, useContext } from 'react';
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import type { Journey, NodeFace, Problem } from '../../api/types';
import { type Asks, asking } from '../asks';
import type { PlacedSpot } from '../graph/spots';
import { type Faces, facesOf } from './check/faces';
import { createDraft, type Draft } from './draft';
import type { Starter } from './palette/starters';
import type { Saver, SaveState } from './save/saver';
import { createSurface, type Surface, type SurfaceState } from './surface';

interface Known {
  /** What the server last said about each step. */
  faces: Faces;
  problems: readonly Problem[];
  starters: ReadonlyMap<string, Starter>;
  /** Says what a step asks; null until that is loaded. */
  asks: Asks | null;
}

export interface Editor {
  id: string;
  draft: Draft;
  surface: Surface;
  saver: Saver;
  known: ReturnType<typeof createKnown>;
  /** How every step looks now. */
  faces: () => Record<string, NodeFace>;
  portsOf: (step: string) => string[];
  /** Every place for a step, as laid out now; kept up to date by the canvas. */
  spots: readonly PlacedSpot[];
  /** Where the pointer was last seen while it carried something. */
  pointer: { x: number; y: number };
  /** Open a step's card, or close it; replaced by the page. */
  open: (step: string | null) => void;
  /** Show everything; replaced by the canvas. */
  fit: () => void;
}

export function createKnown(faces: Faces) {
  return createStore<Known>(() => ({ faces, problems: [], starters: new Map(), asks: null }));
}

export function createEditor(
  id: string,
  document: Journey,
  faces: Faces,
  saverOf: (draft: Draft) => Saver,
): Editor {
  const draft = createDraft(document);
  const known = createKnown(faces);
  const memo: { of: unknown[]; faces: Record<string, NodeFace> } = { of: [], faces: {} };
  const facesNow = () => {
    const { faces: said, starters, asks } = known.getState();
    const of = [draft.document(), said, starters, asks];
    if (of.some((part, i) => part !== memo.of[i])) {
      memo.of = of;
      memo.faces = asking(draft.document(), facesOf(draft.document(), said, starters), asks);
    }
    return memo.faces;
  };
  return {
    id,
    draft,
    known,
    surface: createSurface(),
    saver: saverOf(draft),
    faces: facesNow,
    portsOf: (step) => (facesNow()[step]?.ports ?? []).map((port) => port.id),
    spots: [],
    pointer: { x: 0, y: 0 },
    open: () => undefined,
    fit: () => undefined,
  };
}

const EditorContext = createContext<Editor | null>(null);
export const EditorProvider = EditorContext.Provider;

export function useEditor(): Editor {
  const editor = useContext(EditorContext);
  if (!editor) throw new Error('there is no editor around this part');
  return editor;
}

export function useDocument(): Journey {
  return useStore(useEditor().draft.store, (state) => state.document);
}

export function useSurface<Part>(part: (state: SurfaceState) => Part): Part {
  return useStore(useEditor().surface.store, part);
}

export function useKnown<Part>(part: (state: Known) => Part): Part {
  return useStore(useEditor().known, part);
}

export function useSaving<Part>(part: (state: SaveState) => Part): Part {
  return useStore(useEditor().saver.state, part);
}

/** The faces of all steps; the same object until something about them changes. */
export function useFaces(): Record<string, NodeFace> {
  const editor = useEditor();
  useDocument();
  useKnown((state) => state.faces);
  useKnown((state) => state.starters);
  useKnown((state) => state.asks);
  return editor.faces();
}
