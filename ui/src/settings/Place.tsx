/** What this Sojourn is made of. */

import type { ReactNode } from 'react';
import type { Workspace } from './SettingsPage';
import { words } from './words';

const say = words.place;
const VERSIONS = ['sojourn', 'lakehouse', 'database', 'python', 'temporal_sdk'] as const;

export function Place({ workspace }: { workspace: Workspace }) {
  const { versions, temporal, ledger_schema, time_zone } = workspace;
  return (
    <section className="sheet" aria-labelledby="settings-place">
      <h2 id="settings-place">{say.title}</h2>
      <dl className="facts settings-facts">
        {VERSIONS.map((each) => (
          <Fact key={each} name={say.versions[each]}>
            {versions[each]}
          </Fact>
        ))}
        <Fact name={say.ledger}>
          <code>{ledger_schema}</code>
        </Fact>
        <Fact name={say.zone}>{time_zone ?? say.noZone}</Fact>
        <Fact name={say.temporal}>
          <code>{temporal.address}</code> <code>{temporal.namespace}</code> <code>{temporal.task_queue}</code>{' '}
          {temporal.url && (
            <a href={temporal.url} target="_blank" rel="noreferrer">
              {say.temporalOpen}
            </a>
          )}
        </Fact>
      </dl>
    </section>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}
