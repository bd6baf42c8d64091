/** A button with a small card below it; the card closes on Escape, on a press elsewhere, and when something is chosen. */

import { type ReactNode, useEffect, useId, useRef, useState } from 'react';
import './bar.css';

interface BarMenuProps {
  label: string;
  button: ReactNode;
  className?: string;
  disabled?: boolean;
  title?: string;
  /** What is on the card; it is given how to close it. */
  children: (close: () => void) => ReactNode;
}

export function BarMenu({ label, button, className, disabled, title, children }: BarMenuProps) {
  const [open, setOpen] = useState(false);
  const ref = useRef<HTMLDivElement>(null);
  const id = useId();
  useEffect(() => {
    if (!open) return;
    const away = (event: Event) => {
      if (!ref.current?.contains(event.target as Node)) setOpen(false);
    };
    window.addEventListener('pointerdown', away, true);
    window.addEventListener('focusin', away);
    return () => {
      window.removeEventListener('pointerdown', away, true);
      window.removeEventListener('focusin', away);
    };
  }, [open]);
  const close = () => {
    setOpen(false);
    ref.current?.querySelector('button')?.focus();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape closes the card from anywhere in it
    <div
      ref={ref}
      className="bar-menu"
      onKeyDown={(event) => {
        if (!open || event.key !== 'Escape') return;
        event.stopPropagation();
        close();
      }}
    >
      <button
        type="button"
        className={className}
        aria-label={label}
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        title={title ?? label}
        disabled={disabled}
        onClick={() => setOpen((old) => !old)}
      >
        {button}
      </button>
      {open && (
        <section id={id} className="bar-card" aria-label={label}>
          {children(close)}
        </section>
      )}
    </div>
  );
}
