/** Asks before a draft is deleted. */

import { Button } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { deleteJourney } from '../../../api/drafting';
import { asFailure } from '../../../api/failure';
import { keys } from '../../../api/queries';
import { useDocument, useEditor } from '../editor';
import { words } from '../words';
import { Dialog } from './Dialog';

const say = words.remove;

export function DeleteDialog({ onClose }: { onClose: () => void }) {
  const editor = useEditor();
  const { name } = useDocument();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [failed, setFailed] = useState('');
  const [busy, setBusy] = useState(false);
  const remove = async () => {
    setBusy(true);
    try {
      await editor.saver.flush();
      await deleteJourney(editor.id);
      editor.saver.forget();
      await navigate({ to: '/' });
      client.removeQueries({ queryKey: keys.journey(editor.id) });
      void client.invalidateQueries({ queryKey: keys.journeys });
    } catch (thrown) {
      const failure = asFailure(thrown);
      setFailed(`${failure.message} ${failure.fix}`);
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={say.title(name)}
      size={440}
      onClose={onClose}
      buttons={
        <>
          <Button variant="default" onClick={onClose} data-autofocus>
            {say.cancel}
          </Button>
          <Button loading={busy} onClick={() => void remove()}>
            {say.confirm}
          </Button>
        </>
      }
    >
      <p>{say.text}</p>
      {failed && (
        <p className="dialog-failed" role="alert">
          {failed}
        </p>
      )}
    </Dialog>
  );
}
