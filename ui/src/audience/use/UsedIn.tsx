/** The journeys that use an audience, by themselves or through other audiences. */

import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useId } from 'react';
import { statusOf } from '../../api/types';
import { StatusBadge } from '../../ui/StatusBadge';
import { type AudienceUse, audiencesQuery } from '../queries';
import { words } from '../words';
import './use.css';

const say = words.used;

export function UsedIn({ uses }: { uses: readonly AudienceUse[] }) {
  const title = useId();
  const { data: audiences } = useQuery(audiencesQuery);
  const nameOf = (id: string) => audiences?.find((each) => each.id === id)?.name ?? id;
  return (
    <section className="audience-sheet used" aria-labelledby={title}>
      <h2 id={title}>{say.title}</h2>
      {uses.length === 0 ? (
        <p>{say.none}</p>
      ) : (
        <ul>
          {byJourney(uses).map(([journey, found]) => (
            <li key={journey.journey_id} data-journey={journey.journey_id}>
              <div>
                <Link to="/journeys/$id" params={{ id: journey.journey_id }} search={{ view: journey.where }}>
                  {journey.name}
                </Link>
                <small>{found.map((use) => say.where(use.where, use.through.map(nameOf))).join(' · ')}</small>
              </div>
              <StatusBadge status={statusOf(journey.status)} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** Each journey once, with its uses: in the draft, in the version under way. */
function byJourney(uses: readonly AudienceUse[]): [AudienceUse, AudienceUse[]][] {
  const found = new Map<string, [AudienceUse, AudienceUse[]]>();
  for (const use of uses) {
    const known = found.get(use.journey_id);
    if (known) known[1].push(use);
    else found.set(use.journey_id, [use, [use]]);
  }
  return [...found.values()];
}
