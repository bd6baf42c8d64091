/** What follows the pointer while a step is carried. */

import { useEffect, useRef } from 'react';
import { createPortal } from 'react-dom';
import { iconOf } from '../../canvas/icons';
import { kindOf } from '../../view';
import { useEditor, useFaces, useKnown, useSurface } from '../editor';
import type { Carried } from '../surface';
import { words } from '../words';

export function CarriedStep() {
  const carried = useSurface((state) => state.carried);
  return carried && createPortal(<Follower carried={carried} />, document.body);
}

function Follower({ carried }: { carried: Carried }) {
  const editor = useEditor();
  const ref = useRef<HTMLDivElement>(null);
  const hot = useSurface((state) => state.hot !== null);
  const starters = useKnown((state) => state.starters);
  const faces = useFaces();
  const look = carried.kind === 'new' ? starters.get(carried.type) : faces[carried.id];
  useEffect(() => {
    const place = (x: number, y: number) => {
      if (ref.current) ref.current.style.transform = `translate(${x + 14}px, ${y + 12}px)`;
    };
    place(editor.pointer.x, editor.pointer.y);
    const follow = (event: PointerEvent) => place(event.clientX, event.clientY);
    window.addEventListener('pointermove', follow);
    return () => window.removeEventListener('pointermove', follow);
  }, [editor]);
  if (!look) return null;
  const Icon = iconOf(look.icon);
  return (
    <div ref={ref} className="carried" data-kind={kindOf(look)} data-hot={hot || undefined}>
      <span className="step-icon">
        <Icon size={18} stroke={1.75} />
      </span>
      <b>{'name' in look ? look.name : look.title}</b>
      {carried.kind === 'step' && carried.ids.length > 1 && (
        <em className="digits">{words.steps(carried.ids.length)}</em>
      )}
    </div>
  );
}
