/** Asks before a journey is stopped, and says what that does to whom. */

import { Button, Modal } from '@mantine/core';
import { number } from '../../app/format';
import { words } from '../../app/words';

const { stop } = words.journey;

interface StopDialogProps {
  opened: boolean;
  inside: number;
  onStop: () => void;
  onClose: () => void;
}

export default function StopDialog({ opened, inside, onStop, onClose }: StopDialogProps) {
  return (
    <Modal.Root opened={opened} onClose={onClose} centered radius={20} size={440}>
      <Modal.Overlay />
      <Modal.Content className="dialog">
        <Modal.Body p={28}>
          <Modal.Title>{stop.title}</Modal.Title>
          <p>{stop.text(number(inside), inside)}</p>
          <p className="dialog-warning">{stop.warning}</p>
          <div className="dialog-buttons">
            <Button variant="default" onClick={onClose} data-autofocus>
              {stop.cancel}
            </Button>
            <Button onClick={onStop}>{stop.confirm}</Button>
          </div>
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
