/** A question with two answers. */

import { Button, Modal } from '@mantine/core';
import type { ReactNode } from 'react';
import './ask.css';

interface Answer {
  label: string;
  loading?: boolean;
  onGive: () => void;
}

interface AskDialogProps {
  title: string;
  opened: boolean;
  /** What happens when nothing is decided; it also has the focus. */
  safe: Answer;
  other: Answer;
  /** The louder of the two. */
  loud: 'safe' | 'other';
  children: ReactNode;
}

export default function AskDialog({ title, opened, safe, other, loud, children }: AskDialogProps) {
  const stay = (
    <Button
      variant={loud === 'safe' ? 'filled' : 'default'}
      loading={safe.loading}
      onClick={safe.onGive}
      data-autofocus
    >
      {safe.label}
    </Button>
  );
  const go = (
    <Button variant={loud === 'other' ? 'filled' : 'default'} loading={other.loading} onClick={other.onGive}>
      {other.label}
    </Button>
  );
  return (
    <Modal.Root opened={opened} onClose={safe.onGive} centered radius={20} size={440}>
      <Modal.Overlay />
      <Modal.Content className="ask">
        <Modal.Body p={28}>
          <Modal.Title>{title}</Modal.Title>
          {children}
          <div className="ask-buttons">
            {loud === 'safe' && go}
            {stay}
            {loud === 'other' && go}
          </div>
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
