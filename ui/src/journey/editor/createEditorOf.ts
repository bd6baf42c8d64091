/** An editor for a journey as the server has it, with what an earlier page left unsaved. */

import type { QueryClient } from '@tanstack/react-query';
import { saveDraft, saveOnLeaving } from '../../api/drafting';
import { keys } from '../../api/queries';
import type { JourneyDetail } from '../../api/types';
import { isSame } from '../graph/changes';
import { createEditor, type Editor } from './editor';
import { openMirror } from './save/mirror';
import { Saver } from './save/saver';
import { words } from './words';

export function createEditorOf(detail: JourneyDetail, client: QueryClient): Editor {
  const { id, document, revision } = detail;
  const mirror = openMirror(id);
  const editor = createEditor(
    id,
    document,
    detail.faces,
    (draft) =>
      new Saver({
        draft,
        saved: { document, revision },
        mirror,
        send: (next, over) => saveDraft(id, next, over),
        sendOnLeaving: (next, over) => saveOnLeaving(id, next, over),
        onSaved: (saved) => {
          client.setQueryData(keys.journey(id), saved);
          void client.invalidateQueries({ queryKey: keys.journeys });
        },
      }),
  );
  const left = mirror.find();
  if (left && isSame(left.document, document)) mirror.clear();
  else if (left) {
    editor.draft.edit(words.intent.restore, () => left.document);
    if (left.revision < revision) editor.saver.meetAgain(detail);
  }
  return editor;
}
