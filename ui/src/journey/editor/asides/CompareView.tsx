/** The draft against the published version, drawn in the place of the canvas. */

import { CloseButton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type KeyboardEvent, useEffect, useId, useRef } from 'react';
import { versionQuery } from '../../../api/queries';
import { words as pageWords } from '../../../app/words';
import { openAside } from '../commands';
import { ChangeList } from '../dialogs/ChangeList';
import ChangeDrawing from '../drawing/ChangeDrawing';
import { useDocument, useEditor, useFaces } from '../editor';
import { words } from '../words';
import '../dialogs/dialogs.css';

const say = words.compare;

export default function CompareView({ id, version }: { id: string; version: number }) {
  const editor = useEditor();
  const document = useDocument();
  const faces = useFaces();
  const { data, error } = useQuery(versionQuery(id, version));
  const title = useId();
  const ref = useRef<HTMLElement>(null);
  useEffect(() => ref.current?.focus({ preventScroll: true }), []);
  const close = () => openAside(editor, null);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    close();
  };
  return (
    <section ref={ref} className="compare" aria-labelledby={title} tabIndex={-1} onKeyDown={onKeyDown}>
      <div className="compare-head">
        <h2 id={title}>{say.title(version)}</h2>
        <CloseButton aria-label={pageWords.inspector.close} onClick={close} />
      </div>
      {error && <p className="changes-none">{`${error.message} ${error.fix}`}</p>}
      {data && (
        <div className="compare-both">
          <ChangeDrawing older={data.document} newer={document} faces={[faces, data.faces]} />
          <aside aria-label={say.details}>
            <ChangeList from={data.document} to={document} faces={[faces, data.faces]} open />
          </aside>
        </div>
      )}
    </section>
  );
}
