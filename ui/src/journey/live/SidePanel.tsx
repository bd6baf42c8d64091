/** A card beside the journey: its head with a way back, and what it tells; Escape closes it. */

import { ActionIcon, CloseButton } from '@mantine/core';
import { IconArrowLeft } from '@tabler/icons-react';
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef } from 'react';
import '../../form/form.css';
import '../inspector/inspector.css';
import './side.css';
import { words } from './words';

interface SidePanelProps {
  title: string;
  name: 'people' | 'why';
  /** Where the focus begins is the panel's own affair. */
  ownFocus?: boolean;
  onBack?: () => void;
  onClose: () => void;
  children: ReactNode;
}

export function SidePanel({ title, name, ownFocus, onBack, onClose, children }: SidePanelProps) {
  const id = useId();
  const ref = useRef<HTMLElement>(null);
  useEffect(() => {
    if (!ownFocus) ref.current?.focus({ preventScroll: true });
  }, [ownFocus]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || event.defaultPrevented) return;
    event.stopPropagation();
    onClose();
  };
  return (
    <aside
      ref={ref}
      className="inspector side"
      role="dialog"
      aria-labelledby={id}
      tabIndex={-1}
      data-side={name}
      onKeyDown={onKeyDown}
    >
      <div className="side-head">
        {onBack && (
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={words.back}
            title={words.back}
            onClick={onBack}
          >
            <IconArrowLeft size={18} stroke={1.75} />
          </ActionIcon>
        )}
        <h2 id={id}>{title}</h2>
        <CloseButton aria-label={words.close} onClick={onClose} />
      </div>
      {children}
    </aside>
  );
}
