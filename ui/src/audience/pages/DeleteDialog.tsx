/** Asks before an audience is deleted. */

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import type { Failure } from '../../api/failure';
import { type Audience, audiencesKey, deleteAudience } from '../queries';
import { words } from '../words';

const AskDialog = lazy(() => import('./AskDialog'));

const say = words.delete;

interface DeleteDialogProps {
  audience: Audience | null;
  onClose: () => void;
  onDeleted?: () => void;
}

export function DeleteDialog({ audience, onClose, onDeleted }: DeleteDialogProps) {
  const client = useQueryClient();
  const removal = useMutation<void, Failure, string>({
    mutationFn: deleteAudience,
    onSuccess: async (_, id) => {
      client.setQueryData<Audience[]>(audiencesKey, (old) => old?.filter((each) => each.id !== id));
      onClose();
      onDeleted?.();
      client.removeQueries({ queryKey: [...audiencesKey, id] });
      await client.invalidateQueries({ queryKey: audiencesKey, exact: true });
    },
  });
  if (!audience) return null;
  return (
    <Suspense fallback={null}>
      <AskDialog
        title={say.title(audience.name)}
        opened
        loud="other"
        safe={{ label: say.keep, onGive: onClose }}
        other={{ label: say.confirm, loading: removal.isPending, onGive: () => removal.mutate(audience.id) }}
      >
        <p>{say.text}</p>
        {removal.error && (
          <p className="ask-failed" role="alert">
            {removal.error.message} {removal.error.fix}
          </p>
        )}
      </AskDialog>
    </Suspense>
  );
}
