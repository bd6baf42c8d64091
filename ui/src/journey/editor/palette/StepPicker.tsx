/** Asks which step comes next, right where it will stand. */

import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import { iconOf } from '../../canvas/icons';
import { kindOf } from '../../view';
import { focusStep } from '../canvas/useCanvasKeys';
import { add } from '../commands';
import { type Editor, useEditor, useKnown, useSurface } from '../editor';
import type { Asking } from '../surface';
import { words } from '../words';
import { ChoiceList } from './ChoiceList';
import { matching } from './choices';
import './ask.css';

export function StepPicker() {
  const asking = useSurface((state) => state.asking);
  return asking && <Picker key={`${asking.x} ${asking.y}`} asking={asking} />;
}

function Picker({ asking }: { asking: Asking }) {
  const editor = useEditor();
  const ref = useRef<HTMLDivElement>(null);
  const starters = useKnown((state) => state.starters);
  const place = usePlace(ref, asking);
  const close = () => editor.surface.set({ asking: null });
  useReturnOfFocus(editor);
  useEffect(() => {
    const away = (event: PointerEvent) => {
      if (!ref.current?.contains(event.target as Node)) editor.surface.set({ asking: null });
    };
    window.addEventListener('pointerdown', away, true);
    return () => window.removeEventListener('pointerdown', away, true);
  }, [editor]);
  const choices = (wish: string) =>
    matching([...starters.values()], wish)
      .filter((starter) => asking.spot.kind === 'ground' || starter.group !== 'start')
      .map((starter) => {
        const Icon = iconOf(starter.icon);
        const { type: key, title, hint } = starter;
        const group = words.palette.group[starter.group];
        return { key, group, title, hint, kind: kindOf(starter), icon: <Icon size={18} stroke={1.75} /> };
      });
  return (
    <div
      ref={ref}
      className="ask"
      role="dialog"
      aria-label={words.picker.label}
      style={place}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === 'Escape') close();
      }}
    >
      <ChoiceList
        label={words.picker.label}
        placeholder={words.picker.search}
        none={words.palette.none}
        choices={choices}
        onTake={(type) => {
          close();
          add(editor, type, asking.spot);
        }}
      />
    </div>
  );
}

/** Inside the window, whatever the point asked for. */
function usePlace(ref: React.RefObject<HTMLElement | null>, { x, y }: Asking): React.CSSProperties {
  const [place, setPlace] = useState<React.CSSProperties>({ left: 0, top: 0, opacity: 0 });
  useLayoutEffect(() => {
    const box = ref.current?.getBoundingClientRect();
    if (!box) return;
    const left = Math.max(8, Math.min(x - box.width / 2, innerWidth - box.width - 8));
    const top = Math.max(8, Math.min(y, innerHeight - box.height - 8));
    setPlace({ left, top });
    ref.current?.querySelector('input')?.focus();
  }, [ref, x, y]);
  return place;
}

/** Closed without a choice, the keyboard is back where it was. */
function useReturnOfFocus(editor: Editor): void {
  const [before] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      const [step] = editor.surface.now().selected;
      if (before instanceof HTMLElement && before.isConnected && before !== document.body) before.focus();
      else if (step) focusStep(document, step);
    },
    [editor, before],
  );
}
