/** Keys on the canvas itself: arrows walk along the journey, Enter opens, A asks what to add. */

import { type KeyboardEvent, type RefObject, useCallback } from 'react';
import { type Direction, stepTowards } from '../../graph/walk';
import { selectionSpot, show } from '../commands';
import { type Editor, useEditor } from '../editor';
import type { DraftView } from './useDraftView';

const ARROWS: Record<string, Direction> = {
  ArrowUp: 'up',
  ArrowDown: 'down',
  ArrowLeft: 'left',
  ArrowRight: 'right',
};

export function useCanvasKeys(frame: RefObject<HTMLElement | null>, shown: DraftView) {
  const editor = useEditor();
  return useCallback(
    (event: KeyboardEvent) => {
      const card = event.target instanceof Element ? event.target.closest('.react-flow__node') : null;
      const id = card?.getAttribute('data-id');
      if (!id || event.metaKey || event.ctrlKey || event.altKey) return;
      const direction = ARROWS[event.key];
      if (direction) {
        event.preventDefault();
        const next = stepTowards(direction, id, shown.view.lines, shown.layout.positions);
        if (next) focusStep(frame.current, next);
        if (next) editor.surface.select([next]);
      } else if (event.key === 'Enter' || event.key === ' ') {
        event.preventDefault();
        show(editor, id);
      } else if (event.key === 'a' && !event.shiftKey) {
        event.preventDefault();
        event.stopPropagation();
        editor.surface.select([id]);
        askAt(editor, card);
      }
    },
    [editor, frame, shown],
  );
}

export function focusStep(root: ParentNode | null, id: string): void {
  root?.querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(id)}"]`)?.focus();
}

/** Ask what to add behind the selection, right below a part of the page. */
export function askAt(editor: Editor, part: Element | null | undefined): void {
  const box = part?.getBoundingClientRect();
  const x = box ? box.left + box.width / 2 : innerWidth / 2;
  const y = box ? box.bottom + 12 : innerHeight / 3;
  editor.surface.set({ asking: { spot: selectionSpot(editor), x, y } });
}
