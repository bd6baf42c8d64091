/** The journey as a list that keys walk through: in the place of the palette, or of the canvas where it is narrow. */

import { CloseButton } from '@mantine/core';
import { IconAlertTriangle, IconCornerDownRight, IconPlus } from '@tabler/icons-react';
import { type KeyboardEvent, useMemo, useRef, useState } from 'react';
import type { NodeFace } from '../../../api/types';
import { words as pageWords } from '../../../app/words';
import { iconOf } from '../../canvas/icons';
import { type OutlineRow, outlineOf } from '../../graph/outline';
import { kindOf, layoutInput, viewOf } from '../../view';
import { show } from '../commands';
import { type Editor, useDocument, useEditor, useFaces, useKnown, useSurface } from '../editor';
import { words } from '../words';
import './outline.css';

const say = words.outline;

export default function Outline({ opened }: { opened: string | null }) {
  const editor = useEditor();
  const document = useDocument();
  const faces = useFaces();
  const rows = useMemo(() => {
    const { nodes, edges } = layoutInput(viewOf({ document, faces }, null));
    return outlineOf(nodes, edges);
  }, [document, faces]);
  const list = useRef<HTMLDivElement>(null);
  const [last, setLast] = useState('');
  const stop = rows.find((row) => row.key === last) ?? rows.find((row) => row.key === opened) ?? rows[0];
  const onKeyDown = (event: KeyboardEvent) => {
    const at = rows.findIndex((row) => row.key === (event.target as HTMLElement).dataset.row);
    const next = at < 0 ? undefined : rowTowards(rows, at, event.key);
    if (!next) return;
    event.preventDefault();
    list.current?.querySelector<HTMLElement>(`[data-row="${CSS.escape(next.key)}"]`)?.focus();
  };
  return (
    <nav className="outline" aria-label={say.title}>
      <div className="outline-head">
        <h2>{say.title}</h2>
        <CloseButton
          aria-label={pageWords.inspector.close}
          onClick={() => editor.surface.set({ outline: false })}
        />
      </div>
      {rows.length === 0 && <p className="outline-none">{words.canvas.emptyHelp}</p>}
      <div ref={list} role="tree" aria-label={say.title} onKeyDown={onKeyDown}>
        {rows.map((row) => (
          <Row
            key={row.key}
            row={row}
            faces={faces}
            stop={row === stop}
            opened={row.kind === 'step' && row.step === opened}
            onFocus={() => {
              setLast(row.key);
              if (row.kind === 'step' && row.step) editor.surface.select([row.step]);
            }}
          />
        ))}
      </div>
    </nav>
  );
}

/** Up and down go through the rows, left to the step a branch hangs on, right into the first branch. */
function rowTowards(rows: readonly OutlineRow[], at: number, key: string): OutlineRow | undefined {
  const depth = rows[at]?.depth ?? 0;
  switch (key) {
    case 'ArrowDown':
      return rows[at + 1];
    case 'ArrowUp':
      return rows[at - 1];
    case 'ArrowLeft':
      return rows.slice(0, at).findLast((row) => row.depth < depth);
    case 'ArrowRight':
      return (rows[at + 1]?.depth ?? 0) > depth ? rows[at + 1] : undefined;
    case 'Home':
      return rows[0];
    case 'End':
      return rows.at(-1);
    default:
      return undefined;
  }
}

interface RowProps {
  row: OutlineRow;
  faces: Record<string, NodeFace>;
  stop: boolean;
  opened: boolean;
  onFocus: () => void;
}

function Row({ row, faces, stop, opened, onFocus }: RowProps) {
  const editor = useEditor();
  const { step, source, port } = row;
  const face = step ? faces[step] : undefined;
  const label = port && source ? faces[source]?.ports.find((each) => each.id === port)?.label || port : '';
  const bad = useKnown(({ problems }) =>
    row.kind === 'step'
      ? problems.find((each) => each.node_id === step && each.code !== 'open_port')
      : undefined,
  );
  const chosen = useSurface(({ selected }) => row.kind === 'step' && step !== null && selected.has(step));
  const Icon = row.kind === 'step' ? iconOf(face?.icon ?? '') : step ? IconCornerDownRight : IconPlus;
  return (
    <button
      type="button"
      role="treeitem"
      className="outline-row"
      aria-level={row.depth + 1}
      aria-selected={chosen}
      data-row={row.key}
      data-way={row.kind === 'way' || undefined}
      data-opened={opened || undefined}
      data-kind={face && row.kind === 'step' ? kindOf(face) : undefined}
      tabIndex={stop ? 0 : -1}
      style={{ paddingLeft: 10 + row.depth * INDENT }}
      onFocus={onFocus}
      onClick={(event) => press(editor, row, event.currentTarget)}
    >
      <span className="step-icon">
        <Icon size={row.kind === 'step' ? 16 : 14} stroke={1.75} aria-hidden="true" />
      </span>
      <span>
        {label && <em>{label}</em>}
        <b>{row.kind === 'step' ? face?.name : face ? say.onTo(face.name) : words.step.wayOpen}</b>
        {row.kind === 'step' && <i>{face?.summary}</i>}
      </span>
      {bad && <IconAlertTriangle size={15} stroke={2} aria-label={bad.text} data-severity={bad.severity} />}
    </button>
  );
}

const INDENT = 16;

/** A step opens; a way leads on to its step, or asks what comes there. */
function press(editor: Editor, { step, source, port }: OutlineRow, part: Element): void {
  const box = part.getBoundingClientRect();
  if (step) show(editor, step);
  else if (source && port)
    editor.surface.set({
      asking: { spot: { kind: 'port', source, port }, x: box.left + box.width / 2, y: box.bottom + 4 },
    });
}
