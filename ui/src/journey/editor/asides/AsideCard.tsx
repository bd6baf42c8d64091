/** A card about the journey as a whole, in the place where a step's card is. */

import { CloseButton } from '@mantine/core';
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef } from 'react';
import { words as pageWords } from '../../../app/words';
import { openAside } from '../commands';
import { useEditor } from '../editor';
import '../../inspector/inspector.css';
import '../inspector/draft-inspector.css';
import './aside.css';

interface AsideCardProps {
  title: string;
  icon: ReactNode;
  /** Said under the title. */
  about: string;
  children: ReactNode;
}

export function AsideCard({ title, icon, about, children }: AsideCardProps) {
  const editor = useEditor();
  const id = useId();
  const ref = useRef<HTMLElement>(null);
  useEffect(() => ref.current?.focus({ preventScroll: true }), []);
  const close = () => openAside(editor, null);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || event.defaultPrevented) return;
    event.stopPropagation();
    close();
  };
  return (
    <aside
      ref={ref}
      className="inspector draft-inspector journey-aside"
      role="dialog"
      aria-labelledby={id}
      tabIndex={-1}
      onKeyDown={onKeyDown}
      data-kind="end"
    >
      <div className="inspector-head">
        <span className="step-icon">{icon}</span>
        <div>
          <p>{about}</p>
          <h2 id={id}>{title}</h2>
        </div>
        <CloseButton aria-label={pageWords.inspector.close} onClick={close} />
      </div>
      {children}
    </aside>
  );
}
