/** What is written beside a step, for those who draw the journey. */

import { IconNote, IconTrash } from '@tabler/icons-react';
import { useEffect, useRef } from 'react';
import { notesOf } from '../../graph/notes';
import { addNote, removeNote, writeNote } from '../commands';
import { useDocument, useEditor } from '../editor';
import { words } from '../words';

const say = words.notes;
const LONGEST = 1000;

export function Notes({ step }: { step: string }) {
  const editor = useEditor();
  const notes = notesOf(useDocument(), step);
  const list = useRef<HTMLUListElement>(null);
  const added = useRef(false);
  useEffect(() => {
    if (!added.current) return;
    added.current = false;
    [...(list.current?.querySelectorAll('textarea') ?? [])].at(-1)?.focus();
  });
  return (
    <section className="notes">
      {notes.length > 0 && <h3>{say.title}</h3>}
      <ul ref={list}>
        {notes.map(({ id, text }) => (
          <li key={id} data-note={id}>
            <textarea
              aria-label={say.text}
              rows={2}
              maxLength={LONGEST}
              value={text}
              onChange={(event) => writeNote(editor, id, event.currentTarget.value)}
            />
            <button
              type="button"
              aria-label={say.remove}
              title={say.remove}
              onClick={() => removeNote(editor, id)}
            >
              <IconTrash size={15} stroke={1.75} aria-hidden="true" />
            </button>
          </li>
        ))}
      </ul>
      <button
        type="button"
        className="note-add"
        onClick={() => {
          added.current = true;
          addNote(editor, step);
        }}
      >
        <IconNote size={16} stroke={1.75} aria-hidden="true" />
        {say.add}
      </button>
    </section>
  );
}
