/** Something that opens above the page at a button: in the browser's top layer, so that no card cuts it off. */

import { type ReactNode, type ToggleEvent, useEffect, useId, useRef, useState } from 'react';
import './pop.css';

const GAP = 4;
const EDGE = 8;
const ENOUGH = 280;

interface PopProps {
  /** What the button is called, when what it shows does not say it. */
  name?: string;
  className?: string;
  /** What the button shows. */
  face: ReactNode;
  kind: 'menu' | 'dialog';
  disabled?: boolean;
  title?: string;
  children: (close: () => void) => ReactNode;
}

export function Pop({ name, className, face, kind, disabled, title, children }: PopProps) {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const panel = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);
  const close = () => panel.current?.hidePopover();
  const place = (event: ToggleEvent) => {
    if (event.newState !== 'open' || !button.current || !panel.current) return;
    put(panel.current, button.current);
    // Already now, so that what is typed next goes into the list's search.
    setOpen(true);
  };
  useEffect(() => {
    if (!open) return;
    const away = (event: Event) => {
      if (!(event.target instanceof Node) || !panel.current?.contains(event.target))
        panel.current?.hidePopover();
    };
    window.addEventListener('scroll', away, { capture: true });
    window.addEventListener('resize', away);
    return () => {
      window.removeEventListener('scroll', away, { capture: true });
      window.removeEventListener('resize', away);
    };
  }, [open]);
  return (
    <>
      <button
        ref={button}
        type="button"
        className={className}
        aria-label={name}
        aria-haspopup={kind}
        aria-expanded={open}
        title={title}
        disabled={disabled}
        popoverTarget={id}
      >
        {face}
      </button>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: Escape closes this and nothing around it */}
      <div
        ref={panel}
        id={id}
        popover="auto"
        className="pop"
        data-kind={kind}
        onBeforeToggle={place}
        onToggle={(event) => setOpen(event.newState === 'open')}
        onKeyDown={(event) => event.key === 'Escape' && event.stopPropagation()}
        data-mantine-stop-propagation
      >
        {open && children(close)}
      </div>
    </>
  );
}

/** Take the focus when the list opens, whether it is drawn just before that or just after. */
export function takeFocus(element: HTMLElement | null | undefined): void {
  element?.setAttribute('autofocus', '');
  element?.focus({ preventScroll: true });
}

/** Below the button, or above it where there is more room. */
function put(panel: HTMLElement, button: HTMLElement): void {
  const box = button.getBoundingClientRect();
  const below = window.innerHeight - box.bottom;
  const up = below < ENOUGH && box.top > below;
  const width = Number.parseFloat(getComputedStyle(panel).getPropertyValue('--pop-width')) || 300;
  const room = window.innerWidth - 2 * EDGE;
  panel.style.width = `${Math.min(width, room)}px`;
  panel.style.left = `${Math.max(EDGE, Math.min(box.left, window.innerWidth - EDGE - Math.min(width, room)))}px`;
  panel.style.top = up ? 'auto' : `${box.bottom + GAP}px`;
  panel.style.bottom = up ? `${window.innerHeight - box.top + GAP}px` : 'auto';
  panel.style.maxHeight = `${(up ? box.top : below) - GAP - EDGE}px`;
}
