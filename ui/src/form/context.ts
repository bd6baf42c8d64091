/** What every field of one form shares, and what each is given. */

import { createContext, useContext } from 'react';
import type { Path, Trouble } from './problems';
import type { Fields, Schema } from './schema';

/** Whether what is wrong at a field is told yet. */
export type Shows = (path: Path) => boolean;

interface Form {
  root: Schema;
  problems: readonly Trouble[];
  /** A step that members come to, so that rules may look back to their entry. */
  inJourney: boolean;
  /** Rules about events begin with those since the entry. */
  lookBack: boolean;
  shows: Shows;
  /** The account that a channel's fields are about. */
  connection: string;
}

export const ALWAYS: Shows = () => true;

export const FormContext = createContext<Form>({
  root: {},
  problems: [],
  inJourney: false,
  lookBack: false,
  shows: ALWAYS,
  connection: '',
});

export function useForm(): Form {
  return useContext(FormContext);
}

export interface FieldProps {
  /** Resolved: without `$ref` and `null`. */
  schema: Schema;
  value: unknown;
  path: Path;
  title: string;
  required: boolean;
  onChange: (value: unknown) => void;
  /** The fields next to this one, and a way to change several of them at once. */
  siblings: Fields;
  patch: (changes: Fields) => void;
}
