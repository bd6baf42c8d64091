/** Which problems belong to which field, and how they are said. */

import type { Problem } from '../api/types';
import { sentence } from '../app/format';
import type { Schema } from './schema';
import { words } from './words';

export type Path = readonly (string | number)[];

/** What a form needs of a problem; a rule's preview sends the same. */
export type Trouble = Pick<Problem, 'code' | 'text' | 'fix' | 'path' | 'severity'>;

/** Problems of a field or of anything inside it. */
export function within(problems: readonly Trouble[], path: Path): Trouble[] {
  return problems.filter((problem) => path.every((step, i) => problem.path[i] === step));
}

/** Problems of exactly this field. */
export function exactly(problems: readonly Trouble[], path: Path): Trouble[] {
  return within(problems, path).filter((problem) => problem.path.length === path.length);
}

const CODED = /^(?:[\w-]+(?:\.[\w-]+)*: )?(?:Value error, )?/;

/** A problem in one or two sentences: what is wrong, and the fix. */
export function say(problem: Trouble, schema: Schema = {}): string {
  const known = words.problem[problem.code];
  if (known) return known(schema);
  const text = sentence(withoutPlace(problem).replace(CODED, '').trim());
  const fix = problem.fix && problem.fix !== 'correct the field' ? sentence(problem.fix) : '';
  return [text, fix].filter(Boolean).map(closed).join(' ');
}

/** Without the place in front, which is where it is said: `Coming in again › Gap: …`. */
function withoutPlace({ text }: Trouble): string {
  const place = text.lastIndexOf(' › ');
  const end = text.indexOf(': ', place);
  return place < 0 || end < 0 ? text : text.slice(end + 2);
}

function closed(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}
