/** How much is not right yet, and what; a press leads to the step and its field. */

import { IconAlertTriangle, IconCheck, IconInfoCircle, IconPencil } from '@tabler/icons-react';
import type { Problem } from '../../../api/types';
import { sentence } from '../../../app/format';
import { BarMenu } from '../../../ui/BarMenu';
import { Prose } from '../../../ui/Prose';
import { problemText } from '../canvas/elements';
import type { Faces } from '../check/faces';
import { SETTINGS } from '../check/useCheck';
import { openAside, show } from '../commands';
import { type Editor, useEditor, useFaces, useKnown, useSurface } from '../editor';
import { words } from '../words';
import { toField } from './toField';

export function Issues() {
  const all = useKnown((state) => state.problems);
  const fresh = useSurface((state) => state.fresh);
  const problems = fresh ? all.filter((problem) => problem.node_id !== fresh) : all;
  const errors = problems.filter((problem) => problem.severity === 'error').length;
  const warnings = problems.length - errors;
  const severity = errors > 0 ? 'error' : warnings > 0 ? 'warning' : 'none';
  const filling = all.length > problems.length;
  const text =
    problems.length > 0 ? words.issues.chip(errors, warnings) : filling ? words.issues.filling : words.ready;
  const Icon =
    severity === 'none'
      ? filling
        ? IconPencil
        : IconCheck
      : severity === 'error'
        ? IconAlertTriangle
        : IconInfoCircle;
  return (
    <BarMenu
      label={`${text}. ${words.issues.label}`}
      title={words.issues.label}
      className="issues-chip"
      button={
        <span data-severity={filling && severity === 'none' ? 'warning' : severity}>
          <Icon size={15} stroke={2} aria-hidden="true" />
          {text}
        </span>
      }
    >
      {(close) => <IssueList problems={all} onDone={close} />}
    </BarMenu>
  );
}

export function IssueList({ problems, onDone }: { problems: readonly Problem[]; onDone: () => void }) {
  const editor = useEditor();
  const faces = useFaces();
  if (problems.length === 0) return <p className="issues-none">{words.issues.none}</p>;
  const sorted = problems.toSorted((a, b) => rank(a) - rank(b));
  return (
    <ul className="issues">
      {sorted.map((problem) => (
        <li
          key={`${problem.code} ${problem.node_id} ${problem.edge_id} ${problem.path.join('.')} ${problem.text}`}
        >
          <button
            type="button"
            className="bar-item issue"
            data-severity={problem.severity}
            onClick={() => {
              onDone();
              goTo(editor, problem);
            }}
          >
            {problem.severity === 'error' ? (
              <IconAlertTriangle size={16} stroke={1.9} aria-hidden="true" />
            ) : (
              <IconInfoCircle size={16} stroke={1.9} aria-hidden="true" />
            )}
            <span>
              <b>{nameOf(problem, faces)}</b>
              <Prose text={problemText(problem.text)} />
              {problem.fix && (
                <i>
                  <Prose text={sentence(problem.fix)} />
                </i>
              )}
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}

function nameOf({ node_id, path }: Problem, faces: Faces): string {
  const about = path[0] === SETTINGS ? words.settings.title : words.issues.journey;
  return (node_id && faces[node_id]?.name) || about;
}

function rank(problem: Problem): number {
  return problem.severity === 'error' ? 0 : 1;
}

/** Select the step, open its card, and go to the field. */
export function goTo(editor: Editor, { node_id, edge_id, path }: Problem): void {
  if (node_id) show(editor, node_id);
  else if (edge_id) editor.surface.selectLine(edge_id);
  else if (path[0] === SETTINGS) openAside(editor, 'settings');
  if (path.length > 0 && (node_id || path[0] === SETTINGS)) toField(path);
}
