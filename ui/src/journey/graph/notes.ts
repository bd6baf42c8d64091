/** Notes beside steps: added, written and removed; they go with their step. */

import type { Journey, Note } from '../../api/types';
import { FreeIds } from './ids';

export function notesOf(document: Journey, step: string): Note[] {
  return document.notes.filter((note) => note.node_id === step);
}

/** The document with an empty note more beside a step. */
export function addNote(document: Journey, step: string): Journey {
  const id = new FreeIds(document.notes.map((note) => note.id)).take('note');
  return { ...document, notes: [...document.notes, { id, node_id: step, text: '' }] };
}

export function writeNote(document: Journey, id: string, text: string): Journey {
  const notes = document.notes.map((note) => (note.id === id ? { ...note, text } : note));
  return { ...document, notes };
}

export function removeNote(document: Journey, id: string): Journey {
  return { ...document, notes: document.notes.filter((note) => note.id !== id) };
}
