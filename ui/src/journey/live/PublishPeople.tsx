/** Who is inside the version that is under way while another is published, and which of their steps the draft deletes. */

import { useQuery } from '@tanstack/react-query';
import { publishFactsQuery, versionQuery } from '../../api/queries';
import type { components } from '../../api/schema';
import { number } from '../../app/format';
import { words } from '../../app/words';
import './publish-people.css';

const say = words.publishPeople;

type Facts = components['schemas']['PublishFacts'];

interface PublishPeopleProps {
  /** The journey's id. */
  id: string;
  /** The draft's, as saved: the facts are asked for anew with every revision. */
  revision: number;
}

/** For the publish dialog, below a heading of its own; nothing where nobody is under way. */
export function PublishPeople({ id, revision }: PublishPeopleProps) {
  const { data: facts, error } = useQuery(publishFactsQuery(id, revision));
  if (error) return <p className="publish-people-note">{`${say.failed} ${error.message}`}</p>;
  if (!facts) return <p className="publish-people-note">{say.asking}</p>;
  if (!facts.running) return null;
  return <Inside id={id} facts={facts} version={facts.running.version} />;
}

interface InsideProps {
  id: string;
  facts: Facts;
  version: number;
}

function Inside({ id, facts, version }: InsideProps) {
  const { data: drawn } = useQuery(versionQuery(id, version));
  const deleted = new Set(facts.deleted.map((step) => step.node_id));
  const order = drawn?.document.nodes.map((node) => node.id) ?? [];
  const steps = Object.entries(facts.nodes).sort(([a], [b]) => order.indexOf(a) - order.indexOf(b));
  const lost = facts.deleted.reduce((sum, step) => sum + step.inside, 0);
  return (
    <section className="publish-people" aria-label={say.title}>
      <h3>{say.title}</h3>
      <p data-inside={facts.inside}>{say.inside(number(facts.inside), facts.inside, version)}</p>
      {steps.length > 0 && (
        <ul className="digits">
          {steps.map(([step, count]) => (
            <li key={step} data-step={step} data-deleted={deleted.has(step) || undefined}>
              <span>{drawn?.faces[step]?.name || step}</span>
              {deleted.has(step) && <em>{say.deleted}</em>}
              <b data-count={count}>{number(count)}</b>
            </li>
          ))}
        </ul>
      )}
      {lost > 0 && <p className="publish-people-warning">{say.lost(number(lost), lost)}</p>}
    </section>
  );
}
