/** A button that opens a few things to do. */

import { type KeyboardEvent, type ReactNode, useLayoutEffect, useRef } from 'react';
import { Pop, takeFocus } from './Pop';

export interface MenuItem {
  label: string;
  icon?: ReactNode;
  keys?: string;
  disabled?: boolean;
  onDo: () => void;
}

interface MenuProps {
  items: readonly MenuItem[];
  face: ReactNode;
  name: string;
  className?: string;
}

export function Menu({ items, ...button }: MenuProps) {
  return (
    <Pop kind="menu" {...button}>
      {(close) => <Items items={items} close={close} />}
    </Pop>
  );
}

function Items({ items, close }: { items: readonly MenuItem[]; close: () => void }) {
  const list = useRef<HTMLDivElement>(null);
  const buttons = () => [...(list.current?.querySelectorAll<HTMLButtonElement>('button:enabled') ?? [])];
  useLayoutEffect(() => takeFocus(list.current?.querySelector<HTMLElement>('button:enabled')), []);
  const onKeyDown = (event: KeyboardEvent) => {
    const all = buttons();
    const at = all.indexOf(document.activeElement as HTMLButtonElement);
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by === undefined) return;
    all[(at + by + all.length) % all.length]?.focus();
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div ref={list} role="menu" tabIndex={-1} onKeyDown={onKeyDown}>
      {items.map((item) => (
        <button
          key={item.label}
          type="button"
          role="menuitem"
          data-mantine-stop-propagation
          disabled={item.disabled}
          onClick={() => {
            close();
            item.onDo();
          }}
        >
          {item.icon}
          <span>{item.label}</span>
          {item.keys && <kbd>{item.keys}</kbd>}
        </button>
      ))}
    </div>
  );
}
