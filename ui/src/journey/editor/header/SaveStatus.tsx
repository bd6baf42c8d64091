/** Whether the server has everything, in words. */

import { useInterval } from '@mantine/hooks';
import { IconCheck, IconCloudOff, IconLoader2, IconPencil } from '@tabler/icons-react';
import { useState } from 'react';
import { ago } from '../ago';
import { useSaving } from '../editor';
import type { SavePhase } from '../save/saver';
import { words } from '../words';

const say = words.save;
const ICONS: Record<SavePhase, typeof IconCheck> = {
  saved: IconCheck,
  waiting: IconPencil,
  saving: IconLoader2,
  away: IconCloudOff,
  refused: IconCloudOff,
  conflict: IconCloudOff,
};

export function SaveStatus({ onResolve }: { onResolve: () => void }) {
  const phase = useSaving((state) => state.phase);
  const savedAt = useSaving((state) => state.savedAt);
  const failure = useSaving((state) => state.failure);
  const [, tick] = useState(0);
  useInterval(() => tick((count) => count + 1), 5_000, { autoInvoke: true });
  const Icon = ICONS[phase];
  const text = phase === 'saved' ? (savedAt === null ? say.savedAll : say.saved(ago(savedAt))) : say[phase];
  return (
    <span
      className="save-status"
      data-phase={phase}
      title={failure ? `${failure.message} ${failure.fix}` : text}
    >
      <Icon size={15} stroke={2} aria-hidden="true" />
      <span>{text}</span>
      {phase === 'conflict' && (
        <button type="button" onClick={onResolve}>
          {say.resolve}
        </button>
      )}
    </span>
  );
}
