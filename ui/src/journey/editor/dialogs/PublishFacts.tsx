/** What publishing this means: people, messages, changes. */

import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { peopleQuery } from '../../../api/drafting';
import { versionQuery } from '../../../api/queries';
import type { DrawnNode, Journey, JourneyDetail } from '../../../api/types';
import { number, percent } from '../../../app/format';
import { iconOf } from '../../canvas/icons';
import { isSame } from '../../graph/changes';
import { kindOf } from '../../view';
import type { Faces } from '../check/faces';
import { openAside } from '../commands';
import { useEditor } from '../editor';
import { words } from '../words';
import { ChangeList } from './ChangeList';
import { Expected } from './Expected';

const say = words.publishing;

interface FactsProps {
  detail: JourneyDetail;
  document: Journey;
  faces: Faces;
}

export function PublishFacts({ detail, document, faces }: FactsProps) {
  const entries = document.nodes.filter((node) => faces[node.id]?.group === 'start');
  const senders = document.nodes.filter((node) => faces[node.id]?.group === 'action');
  return (
    <>
      <h3>{say.enters}</h3>
      <ul className="publish-facts">
        {entries.map((node) => (
          <Fact key={node.id} node={node} faces={faces}>
            <People rule={node.data.rule} />
          </Fact>
        ))}
      </ul>
      <h3>{say.sends}</h3>
      {senders.length === 0 && <p className="changes-none">{say.sendsNone}</p>}
      <ul className="publish-facts">
        {senders.map((node) => (
          <Fact key={node.id} node={node} faces={faces}>
            <small>{typeof node.data.connection === 'string' && say.through(node.data.connection)}</small>
          </Fact>
        ))}
      </ul>
      <Expected document={document} />
      {detail.version === null ? (
        <p className="changes-none">{words.changes.first}</p>
      ) : (
        <Since id={detail.id} version={detail.version} document={document} faces={faces} />
      )}
    </>
  );
}

interface FactProps {
  node: DrawnNode;
  faces: Faces;
  children: React.ReactNode;
}

function Fact({ node, faces, children }: FactProps) {
  const face = faces[node.id];
  if (!face) return null;
  const Icon = iconOf(face.icon);
  return (
    <li data-kind={kindOf(face)}>
      <span className="step-icon">
        <Icon size={17} stroke={1.75} />
      </span>
      <span>
        <b>{face.name}</b>
        <i>{face.summary}</i>
      </span>
      <em>{children}</em>
    </li>
  );
}

/** How many the rule holds for right now. */
function People({ rule }: { rule: unknown }) {
  const { data, error } = useQuery(peopleQuery(rule));
  if (error) return <small title={error.message}>{say.noCount}</small>;
  if (!data) return <small>{say.counting}</small>;
  return (
    <>
      <strong className="digits" data-count={data.count}>
        {say.now(number(data.count), data.count === 1)}
      </strong>
      {data.base > 0 && <small>{say.share(percent(data.count / data.base))}</small>}
    </>
  );
}

interface SinceProps {
  id: string;
  version: number;
  document: Journey;
  faces: Faces;
}

function Since({ id, version, document, faces }: SinceProps) {
  const editor = useEditor();
  const { data } = useQuery(versionQuery(id, version));
  return (
    <>
      <h3>{say.changes(version)}</h3>
      {data && <ChangeList from={data.document} to={document} faces={[faces, data.faces]} />}
      {data && !isSame(data.document, document) && (
        <Button
          variant="subtle"
          color="gray"
          size="compact-xs"
          onClick={() => {
            editor.surface.set({ panel: null });
            openAside(editor, 'compare');
          }}
        >
          {words.compare.draw}
        </Button>
      )}
    </>
  );
}
