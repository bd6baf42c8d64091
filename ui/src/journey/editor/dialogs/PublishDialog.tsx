/** Before a version is made: what is wrong, or who enters, what sends, and what is new. */

import { Button, Loader } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useId, useState } from 'react';
import { checkDocument } from '../../../api/drafting';
import type { Failure } from '../../../api/failure';
import { hasRun, type JourneyDetail, statusOf } from '../../../api/types';
import { Prose } from '../../../ui/Prose';
import { PublishPeople } from '../../live/PublishPeople';
import { useDocument, useEditor } from '../editor';
import { IssueList } from '../header/Issues';
import { words } from '../words';
import { ADOPT, AdoptChoice } from './AdoptChoice';
import { Dialog } from './Dialog';
import { PublishFacts } from './PublishFacts';
import { usePublish } from './usePublish';

const say = words.publishing;

interface PublishDialogProps {
  detail: JourneyDetail;
  onClose: () => void;
}

export function PublishDialog({ detail, onClose }: PublishDialogProps) {
  const editor = useEditor();
  const document = useDocument();
  const [note, setNote] = useState('');
  const [adopted, setAdopted] = useState(ADOPT);
  const { publish, busy, failure } = usePublish(editor, onClose);
  const check = useQuery({
    queryKey: ['publish-check', editor.id, document],
    queryFn: ({ signal }) => checkDocument(document, signal),
    staleTime: 0,
    gcTime: 0,
  });
  useEffect(() => editor.surface.set({ fresh: null }), [editor]);
  const problems = check.data?.problems ?? [];
  const errors = problems.filter((problem) => problem.severity === 'error');
  const remarks = problems.filter((problem) => problem.severity === 'warning');
  const running =
    hasRun(statusOf(detail.status)) && detail.status !== 'stopped' && detail.status !== 'finished';
  const ready = check.isSuccess && errors.length === 0;
  return (
    <Dialog
      title={`${say.title} “${document.name}”`}
      size={560}
      onClose={onClose}
      buttons={
        <>
          <Button variant="subtle" color="gray" onClick={onClose}>
            {say.cancel}
          </Button>
          {ready && (
            <Button
              variant={running ? 'filled' : 'default'}
              loading={busy === 'publish'}
              disabled={busy !== null}
              onClick={() => void publish(note, running ? adopted : 'wait')}
            >
              {say.publish}
            </Button>
          )}
          {ready && !running && (
            <Button
              loading={busy === 'start'}
              disabled={busy !== null}
              onClick={() => void publish(note, 'start')}
            >
              {say.start}
            </Button>
          )}
        </>
      }
    >
      {check.isPending && (
        <p className="publish-checking" role="status">
          <Loader size={16} color="gray" /> {say.checking}
        </p>
      )}
      {check.error && <Failed failure={check.error as Failure} />}
      {errors.length > 0 && (
        <>
          <h3>{say.blocked}</h3>
          <IssueList problems={errors} onDone={onClose} />
        </>
      )}
      {ready && (
        <>
          <PublishFacts detail={detail} document={document} faces={check.data.faces} />
          {running && <PublishPeople id={detail.id} revision={detail.revision} />}
          {remarks.length > 0 && (
            <>
              <h3>{say.remarks}</h3>
              <IssueList problems={remarks} onDone={onClose} />
            </>
          )}
          <Note value={note} onChange={setNote} />
          {running && (
            <AdoptChoice
              {...{ id: detail.id, revision: detail.revision, document, faces: check.data.faces }}
              value={adopted}
              onChange={setAdopted}
            />
          )}
        </>
      )}
      {failure && <Failed failure={failure} />}
    </Dialog>
  );
}

function Note({ value, onChange }: { value: string; onChange: (note: string) => void }) {
  const id = useId();
  return (
    <>
      <h3>
        <label htmlFor={id}>{say.note}</label>
      </h3>
      <textarea
        id={id}
        className="publish-note"
        rows={2}
        maxLength={2000}
        placeholder={say.notePlaceholder}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
    </>
  );
}

function Failed({ failure }: { failure: Failure }) {
  return (
    <p className="dialog-failed" role="alert">
      <Prose text={`${say.failed} ${failure.message} ${failure.fix}`} />
    </p>
  );
}
