/** A page's only content when there is nothing to show, or something is wrong. */

import { IconAlertTriangle } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { Prose } from './Prose';
import './ui.css';

interface NoticeProps {
  title: string;
  text?: string;
  tone?: 'calm' | 'bad';
  /** Buttons and whatever helps on. */
  children?: ReactNode;
}

export function Notice({ title, text, tone = 'calm', children }: NoticeProps) {
  return (
    <section className="notice" data-tone={tone} role={tone === 'bad' ? 'alert' : undefined}>
      {tone === 'bad' && (
        <span className="notice-icon">
          <IconAlertTriangle size={20} stroke={1.75} />
        </span>
      )}
      <h1>{title}</h1>
      {text && (
        <p>
          <Prose text={text} />
        </p>
      )}
      {children && <div className="notice-more">{children}</div>}
    </section>
  );
}
