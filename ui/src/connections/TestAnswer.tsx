/** What the provider said when it was asked. */

import { IconAlertTriangle, IconCheck, IconCircleCheck, IconCircleX } from '@tabler/icons-react';
import { Moment } from '../ui/Moment';
import { Prose } from '../ui/Prose';
import type { Check } from './queries';
import { words } from './words';

/** With `all` the remarks that are as they should be, too. */
export function TestAnswer({ check, all = false }: { check: Check | null; all?: boolean }) {
  if (!check) return <span className="connection-untested">{words.untested}</span>;
  const Icon = check.ok ? IconCircleCheck : IconCircleX;
  return (
    <span className="connection-answer" data-ok={check.ok}>
      <Icon size={16} stroke={1.75} aria-hidden="true" />
      <span>
        <Prose text={check.text} />{' '}
        <small>
          <Moment at={check.at} />
        </small>
        <Remarks found={check.remarks.filter(({ ok }) => all || !ok)} />
      </span>
    </span>
  );
}

function Remarks({ found }: { found: Check['remarks'] }) {
  if (found.length === 0) return null;
  return (
    <ul className="connection-remarks">
      {found.map(({ ok, text, fix }) => {
        const Icon = ok ? IconCheck : IconAlertTriangle;
        return (
          <li key={text} data-ok={ok}>
            <Icon size={14} stroke={1.75} role="img" aria-label={ok ? words.remark.good : words.remark.bad} />
            <span>
              <Prose text={text} />
              {fix && (
                <>
                  {' – '}
                  <Prose text={fix} />
                </>
              )}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
