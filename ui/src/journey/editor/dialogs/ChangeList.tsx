/** Steps that were added, removed and changed, by name. */

import type { DrawnNode, Journey } from '../../../api/types';
import { plain, sentence } from '../../../app/format';
import { changesBetween } from '../../graph/changes';
import { SettingsChanges, StepChanges } from '../../inspector/Changes';
import type { Faces } from '../check/faces';
import { words } from '../words';

const say = words.changes;

interface ChangeListProps {
  from: Journey;
  to: Journey;
  /** How steps are called, the newer ones first. */
  faces: readonly Faces[];
  /** With every field that is different in sight. */
  open?: boolean;
}

export function ChangeList({ from, to, faces, open = false }: ChangeListProps) {
  const { added, removed, changed, rewired, renamed, settings, notes } = changesBetween(from, to);
  const nameOf = (node: DrawnNode) =>
    node.name || (faces.map((each) => each[node.id]?.title).find(Boolean) ?? sentence(plain(node.type)));
  const parts = [
    { kind: 'added', title: say.added, nodes: added },
    { kind: 'removed', title: say.removed, nodes: removed },
    { kind: 'changed', title: say.changed, nodes: changed },
  ].filter((part) => part.nodes.length > 0);
  if (parts.length === 0 && !rewired && !renamed && !settings && !notes)
    return <p className="changes-none">{say.none}</p>;
  return (
    <>
      <dl className="changes">
        {parts.map(({ kind, title, nodes }) => (
          <div key={kind} data-change={kind}>
            <dt>{title}</dt>
            <dd>
              {nodes.map((node) => (
                <span key={node.id}>{nameOf(node)}</span>
              ))}
            </dd>
          </div>
        ))}
        {(renamed || settings || notes) && (
          <div data-change="changed">
            <dt>{say.changed}</dt>
            <dd>
              {renamed && <span>{say.renamed}</span>}
              {settings && <span>{words.settings.title}</span>}
              {notes && <span>{words.notes.title}</span>}
            </dd>
          </div>
        )}
      </dl>
      {rewired && <p className="changes-none">{say.lines}</p>}
      {(changed.length > 0 || settings) && (
        <details className="changes-details" open={open}>
          <summary>{say.details}</summary>
          {changed.map((node) => {
            const before = from.nodes.find((each) => each.id === node.id);
            return (
              <section key={node.id}>
                <h4>{nameOf(node)}</h4>
                {before && <StepChanges before={before} after={node} />}
              </section>
            );
          })}
          {settings && (
            <section>
              <h4>{words.settings.title}</h4>
              <SettingsChanges before={from.settings} after={to.settings} />
            </section>
          )}
        </details>
      )}
    </>
  );
}
