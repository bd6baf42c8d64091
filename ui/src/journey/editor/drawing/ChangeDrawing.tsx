/** Two versions in one picture, with what its colours mean; it scrolls where it is larger than its place. */

import { useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { Journey, NodeFace } from '../../../api/types';
import { type Compared, compared, type Mark } from '../../graph/compare';
import { words } from '../words';
import { JourneyDrawing, MARK_COLOUR } from './JourneyDrawing';
import './drawing.css';

const say = words.compare;
/** Smaller nobody can read a card: rather it scrolls. */
const SMALLEST = 0.6;
const MARKS: readonly Mark[] = ['added', 'changed', 'removed'];

interface ChangeDrawingProps {
  older: Journey;
  newer: Journey;
  /** How steps look; what only the older one has is looked up in the second. */
  faces: readonly [Record<string, NodeFace>, Record<string, NodeFace>];
}

export default function ChangeDrawing({ older, newer, faces }: ChangeDrawingProps) {
  const [now, before] = faces;
  const { drawing, steps, lines } = useMemo(() => {
    const both: Compared = compared(older, newer);
    return { ...both, drawing: { document: both.document, faces: { ...before, ...now } } };
  }, [older, newer, now, before]);
  const place = useRef<HTMLElement>(null);
  const [scale, setScale] = useState(1);
  useLayoutEffect(() => {
    const box = place.current?.querySelector('svg')?.viewBox.baseVal;
    if (!place.current || !box || drawing.document.nodes.length === 0) return;
    const { clientWidth, clientHeight } = place.current;
    setScale(Math.min(1, Math.max(SMALLEST, Math.min(clientWidth / box.width, clientHeight / box.height))));
  }, [drawing]);
  const count = (mark: Mark) => [...steps.values(), ...lines.values()].filter((each) => each === mark).length;
  const label = MARKS.map((mark) => `${say[mark]}: ${count(mark)}`).join(', ');
  return (
    <div className="change-drawing">
      <ul>
        {MARKS.map((mark) => (
          <li key={mark} data-none={count(mark) === 0 || undefined}>
            <svg width="22" height="14" aria-hidden="true">
              <rect
                x="1"
                y="1"
                width="20"
                height="12"
                rx="4"
                fill="none"
                stroke={MARK_COLOUR[mark]}
                strokeWidth="2"
                strokeDasharray={mark === 'removed' ? '4 3' : undefined}
              />
            </svg>
            {say[mark]}
          </li>
        ))}
      </ul>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: keys scroll what is larger than its place */}
      <section ref={place} aria-label={say.picture} tabIndex={0}>
        <JourneyDrawing drawing={drawing} label={label} scale={scale} steps={steps} lines={lines} />
      </section>
    </div>
  );
}
