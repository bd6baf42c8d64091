/** Asks before something is deleted; when that is refused, says why. */

import { useMutation } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import type { Failure } from '../api/failure';
import { words } from '../app/words';

const AskDialog = lazy(() => import('./AskDialog'));

interface DeleteDialogProps {
  title: string;
  /** What goes with it. */
  text: string;
  onClose: () => void;
  onDelete: () => Promise<void>;
}

export function DeleteDialog({ title, text, onClose, onDelete }: DeleteDialogProps) {
  const removal = useMutation<void, Failure>({ mutationFn: onDelete });
  return (
    <Suspense fallback={null}>
      <AskDialog
        title={title}
        opened
        loud="other"
        safe={{ label: words.delete.keep, onGive: onClose }}
        other={{
          label: words.delete.confirm,
          loading: removal.isPending,
          onGive: () => removal.mutate(),
        }}
      >
        <p>{text}</p>
        {removal.error && (
          <p className="ask-failed" role="alert">
            {removal.error.message} {removal.error.fix}
          </p>
        )}
      </AskDialog>
    </Suspense>
  );
}
