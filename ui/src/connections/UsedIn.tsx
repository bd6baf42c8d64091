/** The journeys that go through a connection. */

import { Link } from '@tanstack/react-router';
import { statusOf } from '../api/types';
import { StatusBadge } from '../ui/StatusBadge';
import type { ConnectionRow } from './queries';
import { words } from './words';

export function UsedIn({ uses }: { uses: ConnectionRow['used_in'] }) {
  return (
    <section className="sheet connection-uses">
      <h2>{words.page.usedIn}</h2>
      {uses.length === 0 ? (
        <p>{words.page.unused}</p>
      ) : (
        <ul>
          {uses.map((use) => (
            <li key={use.id}>
              <Link to="/journeys/$id" params={{ id: use.id }}>
                {use.name}
              </Link>
              <StatusBadge status={statusOf(use.status)} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
