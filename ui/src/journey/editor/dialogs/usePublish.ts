/** Publishing, and starting what was published: everything unsaved is saved first. */

import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { publishJourney } from '../../../api/drafting';
import { asFailure, Failure } from '../../../api/failure';
import { keys, startJourney } from '../../../api/queries';
import type { Editor } from '../editor';
import { words } from '../words';

interface Publishing {
  publish: (note: string, start: boolean) => Promise<void>;
  busy: 'publish' | 'start' | null;
  failure: Failure | null;
}

export function usePublish(editor: Editor, onDone: () => void): Publishing {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [busy, setBusy] = useState<Publishing['busy']>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const publish = async (note: string, start: boolean) => {
    setBusy(start ? 'start' : 'publish');
    setFailure(null);
    try {
      if (!(await editor.saver.flush())) throw notSaved(editor);
      const { version } = await publishJourney(editor.id, note.trim());
      editor.surface.say(words.publishing.done(version));
      if (start) await startJourney(editor.id);
      await client.invalidateQueries({ queryKey: keys.journey(editor.id) });
      void client.invalidateQueries({ queryKey: keys.journeys });
      onDone();
      if (start)
        await navigate({
          to: '/journeys/$id',
          params: { id: editor.id },
          search: { view: 'live' },
          replace: true,
        });
    } catch (thrown) {
      setFailure(asFailure(thrown));
      void client.invalidateQueries({ queryKey: keys.journey(editor.id) });
    }
    setBusy(null);
  };
  return { publish, busy, failure };
}

function notSaved(editor: Editor): Failure {
  const { failure, phase } = editor.saver.state.getState();
  const text = phase === 'conflict' ? words.save.conflict : words.save.refused;
  return failure ?? new Failure('user', 'unsaved', `${text}.`, '', 0);
}
