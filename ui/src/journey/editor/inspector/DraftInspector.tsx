/** The card of an open step while drawing: its form, where it leads, and what can be done with it. */

import { CloseButton } from '@mantine/core';
import { IconCopy, IconPlus, IconSitemap, IconTrash } from '@tabler/icons-react';
import { type KeyboardEvent, useCallback, useEffect, useId, useMemo, useRef } from 'react';
import type { DrawnNode, NodeFace } from '../../../api/types';
import { words as pageWords } from '../../../app/words';
import { StepForm } from '../../../form/StepForm';
import { iconOf } from '../../canvas/icons';
import { leaves } from '../../graph/ops';
import { reachedFrom } from '../../graph/reach';
import { kindOf } from '../../view';
import { focusStep } from '../canvas/useCanvasKeys';
import * as commands from '../commands';
import { type Editor, useDocument, useEditor, useFaces, useKnown, useSurface } from '../editor';
import { words } from '../words';
import { Notes } from './Notes';
import '../../inspector/inspector.css';
import './draft-inspector.css';

const say = words.step;

export function DraftInspector({ step }: { step: string }) {
  const document = useDocument();
  const node = document.nodes.find((item) => item.id === step);
  const face = useFaces()[step];
  return node && face ? <Card key={step} node={node} face={face} /> : null;
}

function Card({ node, face }: { node: DrawnNode; face: NodeFace }) {
  const editor = useEditor();
  const title = useId();
  const ref = useRef<HTMLElement>(null);
  useEffect(() => ref.current?.focus({ preventScroll: true }), []);
  const close = () => {
    editor.open(null);
    focusStep(window.document, node.id);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || event.defaultPrevented) return;
    event.stopPropagation();
    close();
  };
  const Icon = iconOf(face.icon);
  return (
    <aside
      ref={ref}
      className="inspector draft-inspector"
      role="dialog"
      aria-labelledby={title}
      tabIndex={-1}
      onKeyDown={onKeyDown}
      data-kind={kindOf(face)}
      data-step={node.id}
    >
      <div className="inspector-head">
        <span className="step-icon">
          <Icon size={19} stroke={1.75} />
        </span>
        <div>
          <p>{face.title}</p>
          <h2 id={title}>{face.name}</h2>
        </div>
        <CloseButton aria-label={pageWords.inspector.close} onClick={close} />
      </div>
      <Form editor={editor} node={node} />
      <Ways editor={editor} node={node} face={face} />
      <Notes step={node.id} />
      <Actions editor={editor} node={node} face={face} />
    </aside>
  );
}

function Form({ editor, node }: { editor: Editor; node: DrawnNode }) {
  const all = useKnown((state) => state.problems);
  const { id } = node;
  // Ways out that lead nowhere are told below, where they can be led somewhere.
  const problems = useMemo(
    () => all.filter((problem) => problem.node_id === id && problem.code !== 'open_port'),
    [all, id],
  );
  const { edges, nodes } = useDocument();
  const faces = useFaces();
  const lookBack = useMemo(() => {
    const waits = nodes.flatMap((each) => {
      const face = faces[each.id];
      return face && kindOf(face) === 'wait' ? [each.id] : [];
    });
    return reachedFrom(edges, waits).has(id);
  }, [edges, nodes, faces, id]);
  const fresh = useSurface((state) => state.fresh === id);
  const onChange = useCallback(
    (data: Record<string, unknown>) => commands.patch(editor, id, data),
    [editor, id],
  );
  const onRename = useCallback((name: string) => commands.rename(editor, id, name), [editor, id]);
  return (
    <div className="draft-form">
      <StepForm
        node={node}
        problems={problems}
        lookBack={lookBack}
        fresh={fresh}
        onChange={onChange}
        onRename={onRename}
      />
    </div>
  );
}

interface PartProps {
  editor: Editor;
  node: DrawnNode;
  face: NodeFace;
}

/** Every way out with where it leads, or a press to lead it somewhere. */
function Ways({ editor, node, face }: PartProps) {
  const { edges } = useDocument();
  const faces = useFaces();
  if (face.ports.length === 0) return null;
  return (
    <section>
      <h3>{say.ways}</h3>
      <ul className="ways">
        {face.ports.map((port) => {
          const line = edges.find((edge) => leaves(edge, node.id, port.id));
          const name = port.label || (face.ports.length > 1 ? port.id : '');
          return (
            <li key={port.id} data-port={port.id}>
              <button
                type="button"
                onClick={(event) => {
                  if (line) commands.show(editor, line.target);
                  else ask(editor, node.id, port.id, event.currentTarget);
                }}
              >
                {name && <b>{name}</b>}
                <span>
                  {line
                    ? (faces[line.target]?.name ?? line.target)
                    : port.optional
                      ? say.wayOptional
                      : say.wayOpen}
                </span>
                {!line && <IconPlus size={15} stroke={2} aria-hidden="true" />}
              </button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function ask(editor: Editor, source: string, port: string, part: Element): void {
  const box = part.getBoundingClientRect();
  editor.surface.set({
    asking: { spot: { kind: 'port', source, port }, x: box.left + box.width / 2, y: box.bottom + 4 },
  });
}

function Actions({ editor, node, face }: PartProps) {
  const { edges } = useDocument();
  const leads = edges.some((edge) => edge.source === node.id);
  const select = () => editor.surface.select([node.id]);
  return (
    <section className="draft-actions" aria-label={say.actions}>
      <button
        type="button"
        onClick={() => {
          select();
          commands.duplicate(editor);
        }}
      >
        <IconCopy size={16} stroke={1.75} aria-hidden="true" />
        {say.duplicate}
      </button>
      {leads && face.group !== 'start' && (
        <button type="button" onClick={() => commands.duplicateWithBranch(editor, node.id)}>
          <IconSitemap size={16} stroke={1.75} aria-hidden="true" />
          {say.branch}
        </button>
      )}
      <button
        type="button"
        data-tone="bad"
        onClick={() => {
          select();
          commands.removeSelection(editor);
        }}
      >
        <IconTrash size={16} stroke={1.75} aria-hidden="true" />
        {say.remove}
      </button>
    </section>
  );
}
