/** A journey as one still picture: for files, and for what differs between two versions. */

import { useMemo } from 'react';
import type { Drawing } from '../../../api/types';
import { iconOf } from '../../canvas/icons';
import type { Mark } from '../../graph/compare';
import { layoutOf } from '../../graph/layout';
import { notesOf } from '../../graph/notes';
import { roundedPath } from '../../graph/path';
import { routesOf } from '../../graph/routing';
import { METRICS, type Point } from '../../graph/types';
import { layoutInput, type StepView, viewOf } from '../../view';
import { words } from '../words';
import { cut } from './cut';

const MARGIN = 32;
const TEXT = METRICS.width - 58 - 13;

interface JourneyDrawingProps {
  drawing: Drawing;
  label: string;
  scale?: number;
  steps?: ReadonlyMap<string, Mark>;
  lines?: ReadonlyMap<string, Mark>;
}

export const MARK_COLOUR: Record<Mark, string> = {
  added: 'var(--good)',
  changed: 'var(--warn)',
  removed: 'var(--accent)',
};

export function JourneyDrawing({ drawing, label, scale = 1, steps, lines }: JourneyDrawingProps) {
  const { view, layout, routes, box } = useMemo(() => placed(drawing), [drawing]);
  return (
    <svg
      xmlns="http://www.w3.org/2000/svg"
      className="journey-drawing"
      role="img"
      aria-label={label}
      width={box.width * scale}
      height={box.height * scale}
      viewBox={`${box.x} ${box.y} ${box.width} ${box.height}`}
      fontFamily="'Inter Variable', Inter, 'Helvetica Neue', Arial, sans-serif"
    >
      {view.lines.map((line) => {
        const mark = lines?.get(line.id);
        return (
          <path
            key={line.id}
            data-mark={mark}
            d={roundedPath(routes.get(line.id)?.points ?? [])}
            fill="none"
            stroke={mark ? MARK_COLOUR[mark] : 'var(--edge)'}
            strokeWidth={mark ? 2.5 : 2}
            strokeDasharray={mark === 'removed' ? '6 6' : undefined}
          />
        );
      })}
      {view.lines.map((line) => {
        const at = routes.get(line.id)?.label;
        return line.label && at ? <Label key={line.id} text={line.label} at={at} /> : null;
      })}
      {view.steps.map((step) => {
        const corner = layout.positions.get(step.id);
        return (
          corner && (
            <Card
              key={step.id}
              step={step}
              corner={corner}
              mark={steps?.get(step.id)}
              note={notesOf(drawing.document, step.id)[0]?.text}
            />
          )
        );
      })}
    </svg>
  );
}

function placed(drawing: Drawing) {
  const view = viewOf(drawing, null);
  const { nodes, edges } = layoutInput(view);
  const layout = layoutOf(nodes, edges);
  const routes = routesOf(nodes, edges, layout);
  const { bounds } = layout;
  const xs = [...routes.values()].flatMap(({ points }) => points.map((point) => point.x));
  const left = Math.min(bounds.x, ...xs) - MARGIN;
  const right = Math.max(bounds.x + bounds.width, ...xs) + MARGIN;
  const box = { x: left, y: bounds.y - MARGIN, width: right - left, height: bounds.height + 2 * MARGIN };
  return { view, layout, routes, box };
}

function Label({ text, at }: { text: string; at: Point }) {
  const shown = cut(text, 112, '600 11.5px');
  return (
    <text
      x={at.x}
      y={at.y + 4}
      textAnchor="middle"
      fontSize={11.5}
      fontWeight={600}
      fill="var(--ink)"
      stroke="var(--paper)"
      strokeWidth={6}
      strokeLinejoin="round"
      paintOrder="stroke"
    >
      {shown}
    </text>
  );
}

interface CardProps {
  step: StepView;
  corner: Point;
  mark: Mark | undefined;
  note: string | undefined;
}

function Card({ step, corner, mark, note }: CardProps) {
  const Icon = iconOf(step.icon);
  const hue = `var(--kind-${step.kind})`;
  const faint = mark === 'removed' ? 0.55 : 1;
  return (
    <g transform={`translate(${corner.x} ${corner.y})`} data-step={step.id} data-mark={mark}>
      <rect
        width={METRICS.width}
        height={METRICS.height}
        rx={16}
        fill="var(--card)"
        stroke={mark ? MARK_COLOUR[mark] : 'var(--line)'}
        strokeWidth={mark ? 2 : 1}
        strokeDasharray={mark === 'removed' ? '6 5' : undefined}
      />
      <g opacity={faint}>
        <rect x={12} y={20} width={36} height={36} rx={12} fill={hue} fillOpacity={0.13} />
        <Icon x={20.5} y={28.5} size={19} stroke={1.75} color={hue} />
        <text x={58} y={35} fontSize={14} fontWeight={600} fill="var(--ink)">
          {cut(step.name, TEXT, '600 14px')}
        </text>
        <text x={58} y={52} fontSize={12} fill="var(--ink-2)">
          {cut(step.summary, TEXT, '400 12px')}
        </text>
      </g>
      {note && <Slip text={note} />}
      {mark && <Badge text={words.compare[mark]} colour={MARK_COLOUR[mark]} />}
    </g>
  );
}

/** A note's beginning, on a slip at the upper edge of the card. */
function Slip({ text }: { text: string }) {
  const shown = cut(text.replaceAll(/\s+/g, ' '), 100, '400 11px');
  return (
    <g transform="translate(14 -17)">
      <rect width={114} height={17} rx={4} fill="var(--card)" />
      <rect
        width={114}
        height={17}
        rx={4}
        fill="var(--kind-wait)"
        fillOpacity={0.16}
        stroke="var(--kind-wait)"
      />
      <text x={7} y={12.5} fontSize={11} fill="var(--ink)">
        {shown}
      </text>
    </g>
  );
}

/** In words too: a colour alone tells nothing to some. */
function Badge({ text, colour }: { text: string; colour: string }) {
  const width = 22 + text.length * 6.4;
  return (
    <g transform={`translate(${METRICS.width - width - 12} -10)`}>
      <rect width={width} height={20} rx={10} fill="var(--card)" stroke={colour} strokeWidth={1.5} />
      <text x={width / 2} y={14} textAnchor="middle" fontSize={11} fontWeight={600} fill="var(--ink)">
        {text}
      </text>
    </g>
  );
}
