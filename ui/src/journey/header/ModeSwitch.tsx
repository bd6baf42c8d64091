/** Between the draft that is edited and the version that runs. */

import { Link } from '@tanstack/react-router';
import { hasRun, type Status } from '../../api/types';
import { words } from '../../app/words';

export type Mode = 'draft' | 'live';
const MODES: readonly Mode[] = ['draft', 'live'];

interface ModeSwitchProps {
  id: string;
  status: Status;
  mode: Mode;
}

export function ModeSwitch({ id, status, mode }: ModeSwitchProps) {
  if (!hasRun(status)) return null;
  return (
    <nav className="mode-switch" aria-label={words.journey.mode.label}>
      {MODES.map((each) => (
        <Link
          key={each}
          to="/journeys/$id"
          params={{ id }}
          search={(old) => ({ ...old, view: each })}
          replace
          aria-current={each === mode ? 'page' : undefined}
        >
          {words.journey.mode[each]}
        </Link>
      ))}
    </nav>
  );
}
