/** Asks before an audience is deleted. */

import { Button, Modal } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { Failure } from '../../api/failure';
import { type Audience, audiencesKey, deleteAudience } from '../queries';
import { words } from '../words';

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
  return (
    <Modal.Root opened={audience !== null} onClose={onClose} centered radius={20} size={440}>
      <Modal.Overlay />
      <Modal.Content className="ask">
        <Modal.Body p={28}>
          <Modal.Title>{say.title(audience?.name ?? '')}</Modal.Title>
          <p>{say.text}</p>
          {removal.error && (
            <p className="ask-failed" role="alert">
              {removal.error.message} {removal.error.fix}
            </p>
          )}
          <div className="ask-buttons">
            <Button variant="default" onClick={onClose} data-autofocus>
              {say.keep}
            </Button>
            <Button loading={removal.isPending} onClick={() => audience && removal.mutate(audience.id)}>
              {say.confirm}
            </Button>
          </div>
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
