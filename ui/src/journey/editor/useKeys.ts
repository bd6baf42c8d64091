/** Keys that work anywhere on the page, but never while somebody writes in a field. */

import { useReactFlow } from '@xyflow/react';
import { useEffect } from 'react';
import { askAt } from './canvas/useCanvasKeys';
import * as commands from './commands';
import { type Editor, useEditor } from './editor';
import { words } from './words';

export function useKeys(): void {
  const editor = useEditor();
  const flow = useReactFlow();
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.defaultPrevented || isWriting(event.target) || isAsking()) return;
      if (editor.surface.now().panel !== null) return;
      const held = event.metaKey || event.ctrlKey;
      const done = held ? withControl(editor, event) : alone(editor, event, () => void flow.zoomTo(1));
      if (done) event.preventDefault();
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, [editor, flow]);
  useClipboard(editor);
}

function withControl(editor: Editor, event: KeyboardEvent): boolean {
  const { surface, draft } = editor;
  switch (event.key.toLowerCase()) {
    case 'z':
      if (event.shiftKey) commands.redo(editor);
      else commands.undo(editor);
      return true;
    case 'y':
      commands.redo(editor);
      return true;
    case 'd':
      commands.duplicate(editor);
      return true;
    case 'a':
      surface.select(draft.document().nodes.map((node) => node.id));
      editor.open(null);
      return true;
    case 's':
      void editor.saver.flush().then((all) => all && surface.say(words.save.savedAll));
      return true;
    case 'k':
      surface.set({ panel: 'search' });
      return true;
    default:
      return false;
  }
}

function alone(editor: Editor, event: KeyboardEvent, actualSize: () => void): boolean {
  const { surface } = editor;
  switch (event.key) {
    case 'Delete':
    case 'Backspace':
      if (isInForm(event.target)) return false;
      commands.removeSelection(editor);
      return true;
    case 'a':
      askAt(editor, selectedCard());
      return true;
    case 'o':
      commands.turnOutline(editor);
      return true;
    case '/':
      surface.set({ panel: 'search' });
      return true;
    case '?':
      surface.set({ panel: 'shortcuts' });
      return true;
    case '1':
      actualSize();
      return true;
    case '!':
      editor.fit();
      return true;
    case 'Escape':
      surface.clear();
      editor.open(null);
      return true;
    default:
      return false;
  }
}

/** The browser's own copy, cut and paste, so that it asks nobody for leave. */
function useClipboard(editor: Editor): void {
  useEffect(() => {
    const take = (event: ClipboardEvent) => {
      if (isWriting(event.target) || isAsking() || hasSelectedText()) return;
      const text = commands.copy(editor);
      if (!text || !event.clipboardData) return;
      event.clipboardData.setData('text/plain', text);
      event.preventDefault();
      if (event.type === 'cut') commands.cut(editor);
      else editor.surface.say(words.copied(editor.surface.now().selected.size));
    };
    const put = (event: ClipboardEvent) => {
      if (isWriting(event.target) || isAsking()) return;
      const text = event.clipboardData?.getData('text/plain') ?? '';
      if (commands.paste(editor, text)) event.preventDefault();
      else editor.surface.say(words.nothingToPaste);
    };
    document.addEventListener('copy', take);
    document.addEventListener('cut', take);
    document.addEventListener('paste', put);
    return () => {
      document.removeEventListener('copy', take);
      document.removeEventListener('cut', take);
      document.removeEventListener('paste', put);
    };
  }, [editor]);
}

function isWriting(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('input, textarea, select, [contenteditable]') !== null;
}

/** On a button or a list of a step's card, where a slip of the hand must not remove the step. */
function isInForm(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('.inspector *') !== null;
}

/** A dialog over the page, or a list that is asked from; the card of a step is neither. */
function isAsking(): boolean {
  return document.querySelector('[role="dialog"]:not(.inspector)') !== null;
}

function hasSelectedText(): boolean {
  return (getSelection()?.toString() ?? '') !== '';
}

function selectedCard(): Element | null {
  return document.querySelector('.react-flow__node.selected');
}
