/** Asks before an audience is deleted. */

import { useQueryClient } from '@tanstack/react-query';
import { DeleteDialog as Ask } from '../../ui/DeleteDialog';
import { type Audience, audiencesKey, deleteAudience } from '../queries';
import { words } from '../words';

interface DeleteDialogProps {
  audience: Audience | null;
  onClose: () => void;
  /** Leaves what is deleted. */
  onDeleted?: () => Promise<void>;
}

export function DeleteDialog({ audience, onClose, onDeleted }: DeleteDialogProps) {
  const client = useQueryClient();
  if (!audience) return null;
  const { id, name } = audience;
  return (
    <Ask
      title={words.delete.title(name)}
      text={words.delete.text}
      onClose={onClose}
      onDelete={async () => {
        await deleteAudience(id);
        client.setQueryData<Audience[]>(audiencesKey, (old) => old?.filter((each) => each.id !== id));
        onClose();
        await onDeleted?.();
        client.removeQueries({ queryKey: [...audiencesKey, id] });
        await client.invalidateQueries({ queryKey: audiencesKey, exact: true });
      }}
    />
  );
}
