/** A slim strip that says what is not right while the page stays usable. */

import { CloseButton } from '@mantine/core';
import { IconAlertTriangle, IconPlugConnectedX } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { words } from '../app/words';
import { Prose } from './Prose';
import './ui.css';

interface BannerProps {
  tone: 'bad' | 'away';
  title: string;
  text?: string;
  onClose?: () => void;
  children?: ReactNode;
}

export function Banner({ tone, title, text, onClose, children }: BannerProps) {
  const Icon = tone === 'away' ? IconPlugConnectedX : IconAlertTriangle;
  return (
    <div className="banner" data-tone={tone} role={tone === 'away' ? 'status' : 'alert'}>
      <Icon className="banner-icon" size={18} stroke={1.75} aria-hidden="true" />
      <p>
        <strong>
          <Prose text={title} />
        </strong>{' '}
        {text && <Prose text={text} />}
      </p>
      {children}
      {onClose && <CloseButton size="sm" aria-label={words.failure.dismiss} onClick={onClose} />}
    </div>
  );
}
