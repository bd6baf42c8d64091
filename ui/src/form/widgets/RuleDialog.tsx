/** A rule with room, and with everything about those it holds for. */

import { Button, Modal } from '@mantine/core';
import type { KeyboardEvent, ReactNode } from 'react';
import { words } from '../words';

interface RuleDialogProps {
  title: string;
  opened: boolean;
  onClose: () => void;
  children: ReactNode;
}

export default function RuleDialog({ title, opened, onClose, children }: RuleDialogProps) {
  // Escape closes the dialog, and not also the card it was opened from.
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Escape') return;
    event.preventDefault();
    event.stopPropagation();
    onClose();
  };
  return (
    <Modal.Root opened={opened} onClose={onClose} size={1120} radius={20} yOffset="6vh" closeOnEscape={false}>
      <Modal.Overlay />
      <Modal.Content className="rule-dialog">
        {/* biome-ignore lint/a11y/noStaticElementInteractions: the key works wherever the focus is */}
        <div onKeyDown={onKeyDown}>
          <Modal.Header className="rule-dialog-head">
            <Modal.Title>{title}</Modal.Title>
            <Button size="xs" variant="default" onClick={onClose}>
              {words.rule.done}
            </Button>
          </Modal.Header>
          <Modal.Body className="rule-dialog-body">{children}</Modal.Body>
        </div>
      </Modal.Content>
    </Modal.Root>
  );
}
