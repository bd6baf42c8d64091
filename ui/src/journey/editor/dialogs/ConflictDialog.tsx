/** Two drafts of one journey: says who is newer and how they differ, and asks which one stays. */

import { Button } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { createJourney } from '../../../api/drafting';
import { asFailure } from '../../../api/failure';
import { renameJourney } from '../../graph/ops';
import { ago } from '../ago';
import { useDocument, useEditor, useSaving } from '../editor';
import { words } from '../words';
import { ChangeList } from './ChangeList';
import { Dialog } from './Dialog';

const ChangeDrawing = lazy(() => import('../drawing/ChangeDrawing'));

const say = words.conflict;
const NAME_LENGTH = 120;

export function ConflictDialog({ onLater }: { onLater: () => void }) {
  const editor = useEditor();
  const navigate = useNavigate();
  const mine = useDocument();
  const theirs = useSaving((state) => state.theirs);
  const editedAt = useSaving((state) => state.editedAt);
  const [failed, setFailed] = useState('');
  const [copying, setCopying] = useState(false);
  if (!theirs) return null;
  const copy = async () => {
    setCopying(true);
    try {
      const name = say.copyName(mine.name).slice(0, NAME_LENGTH);
      const created = await createJourney(renameJourney(mine, name));
      editor.saver.takeTheirs();
      await navigate({ to: '/journeys/$id', params: { id: created.id } });
    } catch (thrown) {
      setFailed(asFailure(thrown).message);
    }
    setCopying(false);
  };
  const edited = editedAt === null ? say.never : ago(editedAt);
  return (
    <Dialog
      title={say.title}
      size={640}
      onClose={onLater}
      buttons={
        <>
          <Button variant="subtle" color="gray" onClick={onLater}>
            {say.later}
          </Button>
          <Button variant="default" onClick={() => void editor.saver.overwriteTheirs()}>
            {say.overwrite}
          </Button>
          <Button variant="default" onClick={() => editor.saver.takeTheirs()}>
            {say.take}
          </Button>
          <Button loading={copying} onClick={() => void copy()} data-autofocus>
            {say.copy}
          </Button>
        </>
      }
    >
      <p>{say.text(ago(theirs.updated_at), edited)}</p>
      <h3>{say.diff}</h3>
      <ChangeList from={mine} to={theirs.document} faces={[theirs.faces, editor.faces()]} />
      <Suspense>
        <ChangeDrawing older={mine} newer={theirs.document} faces={[theirs.faces, editor.faces()]} />
      </Suspense>
      {failed && (
        <p className="dialog-failed" role="alert">
          {failed}
        </p>
      )}
    </Dialog>
  );
}
