/** A dialog over the page, with its title and its buttons. */

import { Modal } from '@mantine/core';
import type { ReactNode } from 'react';

interface DialogProps {
  title: string;
  size?: number;
  onClose: () => void;
  buttons?: ReactNode;
  children: ReactNode;
}

export function Dialog({ title, size = 480, onClose, buttons, children }: DialogProps) {
  return (
    <Modal.Root opened onClose={onClose} centered radius={20} size={size}>
      <Modal.Overlay />
      <Modal.Content className="dialog">
        <Modal.Body p={28}>
          <Modal.Title>{title}</Modal.Title>
          {children}
          {buttons && <div className="dialog-buttons">{buttons}</div>}
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
