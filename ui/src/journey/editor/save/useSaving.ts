/** Saving as long as the editor is open, and one last time when it is left. */

import { useEffect } from 'react';
import type { JourneyDetail } from '../../../api/types';
import type { Editor } from '../editor';
import { words } from '../words';

export function useSavingOf(editor: Editor, detail: JourneyDetail): void {
  useEffect(() => {
    const { saver } = editor;
    const stop = saver.start();
    const hide = () => {
      if (document.visibilityState === 'hidden') void saver.flush();
    };
    const leave = () => saver.leave();
    const back = () => void saver.flush();
    document.addEventListener('visibilitychange', hide);
    window.addEventListener('pagehide', leave);
    window.addEventListener('online', back);
    return () => {
      document.removeEventListener('visibilitychange', hide);
      window.removeEventListener('pagehide', leave);
      window.removeEventListener('online', back);
      void saver.flush();
      stop();
    };
  }, [editor]);
  useEffect(() => {
    const before = editor.draft.document();
    editor.saver.meet(detail);
    if (editor.draft.document() !== before) editor.surface.say(words.updated);
  }, [editor, detail]);
}
