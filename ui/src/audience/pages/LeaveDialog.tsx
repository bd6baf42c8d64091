/** Asks before unsaved changes are left behind. */

import { Button, Modal } from '@mantine/core';
import { useBlocker } from '@tanstack/react-router';
import { words } from '../words';

const say = words.leave;

export function LeaveDialog({ dirty }: { dirty: () => boolean }) {
  const blocker = useBlocker({ shouldBlockFn: dirty, enableBeforeUnload: dirty, withResolver: true });
  const stay = () => blocker.reset?.();
  return (
    <Modal.Root opened={blocker.status === 'blocked'} onClose={stay} centered radius={20} size={440}>
      <Modal.Overlay />
      <Modal.Content className="ask">
        <Modal.Body p={28}>
          <Modal.Title>{say.title}</Modal.Title>
          <p>{say.text}</p>
          <div className="ask-buttons">
            <Button variant="default" onClick={() => blocker.proceed?.()}>
              {say.leave}
            </Button>
            <Button onClick={stay} data-autofocus>
              {say.stay}
            </Button>
          </div>
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
