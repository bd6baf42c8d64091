/** Publishing, and starting what was published: everything unsaved is saved first. */

import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { publishJourney } from '../../../api/drafting';
import { asFailure, Failure } from '../../../api/failure';
import { adoptVersion, keys, publishFactsQuery, startJourney } from '../../../api/queries';
import type { Editor } from '../editor';
import { words } from '../words';
import { type Adopted, targetsOf } from './AdoptChoice';

interface Publishing {
  /** `then`: what a running journey does with the version, or whether one that is not running starts. */
  publish: (note: string, then: 'start' | 'wait' | Adopted) => Promise<void>;
  busy: 'publish' | 'start' | null;
  failure: Failure | null;
}

export function usePublish(editor: Editor, onDone: () => void): Publishing {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [busy, setBusy] = useState<Publishing['busy']>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const publish = async (note: string, then: 'start' | 'wait' | Adopted) => {
    const start = then === 'start';
    setBusy(start ? 'start' : 'publish');
    setFailure(null);
    try {
      if (!(await editor.saver.flush())) throw notSaved(editor);
      const { version } = await publishJourney(editor.id, note.trim());
      editor.surface.say(words.publishing.done(version));
      if (start) await startJourney(editor.id);
      else if (then !== 'wait' && then.people !== 'later') await adopt(client, editor.id, then.people, then);
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

/** The steps that are gone are asked for once more: only the server knows who is at them now. */
async function adopt(client: QueryClient, id: string, people: 'pin' | 'move', adopted: Adopted) {
  const facts = await client.fetchQuery({ ...publishFactsQuery(id, -1), staleTime: 0 });
  const deleted = facts.deleted.map((step) => step.node_id);
  await adoptVersion(id, people, targetsOf(adopted, deleted));
}

function notSaved(editor: Editor): Failure {
  const { failure, phase } = editor.saver.state.getState();
  const text = phase === 'conflict' ? words.save.conflict : words.save.refused;
  return failure ?? new Failure('user', 'unsaved', `${text}.`, '', 0);
}
