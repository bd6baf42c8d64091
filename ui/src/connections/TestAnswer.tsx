/** What the provider said when it was asked. */

import { IconCircleCheck, IconCircleX } from '@tabler/icons-react';
import { Moment } from '../ui/Moment';
import { Prose } from '../ui/Prose';
import type { Check } from './queries';
import { words } from './words';

export function TestAnswer({ check }: { check: Check | null }) {
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
      </span>
    </span>
  );
}
