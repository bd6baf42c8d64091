/** Whether the ledger of each journey holds what must be true of it. */

import { IconCircleCheck } from '@tabler/icons-react';
import { number } from '../app/format';
import { Moment } from '../ui/Moment';
import { Prose } from '../ui/Prose';
import { Wrong } from '../ui/Wrong';
import type { Audit } from './SettingsPage';
import { words } from './words';

const say = words.audits;

export function Audits({ audits }: { audits: readonly Audit[] }) {
  return (
    <section className="sheet" aria-labelledby="settings-audits">
      <h2 id="settings-audits">{say.title}</h2>
      <p className="settings-about">
        <Prose text={audits.length > 0 ? say.text : say.none} />
      </p>
      {audits.length > 0 && (
        <ul className="settings-audits">
          {audits.map((audit) => (
            <li key={audit.journey_id} data-audit={audit.journey_id} data-clean={audit.clean}>
              <b>{audit.name}</b>
              <div>
                {audit.clean ? (
                  <p className="settings-good">
                    <IconCircleCheck size={16} stroke={1.75} aria-hidden="true" />
                    {say.clean}
                  </p>
                ) : (
                  audit.violations.map(({ text, count }) => (
                    <Wrong key={text} text={say.broken(text, number(count))} />
                  ))
                )}
              </div>
              <small>
                <Moment at={audit.at} />
              </small>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
