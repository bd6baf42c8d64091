/** Start, pause, resume and stop; stopping asks first, and what fails is said in words. */

import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPlayerPause, IconPlayerPlay, IconPlayerStop } from '@tabler/icons-react';
import { useMutationState, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { keys, type RunAction, useRunAction } from '../../api/queries';
import type { Report, Status } from '../../api/types';
import { words } from '../../app/words';

const StopDialog = lazy(() => import('./StopDialog'));

const OFFERED: Record<Status, readonly RunAction[]> = {
  draft: [],
  published: ['start'],
  live: ['pause', 'stop'],
  paused: ['resume', 'stop'],
  stopped: ['start'],
  finished: ['start'],
};

const ICONS = { start: IconPlayerPlay, pause: IconPlayerPause, resume: IconPlayerPlay, stop: IconPlayerStop };

export function RunButtons({ id, status }: { id: string; status: Status }) {
  const run = useRunAction(id);
  const [asking, dialog] = useDisclosure(false);
  const inside = useQueryClient().getQueryData<Report>(keys.report(id))?.inside ?? 0;
  const press = (action: RunAction) => (action === 'stop' ? dialog.open() : run.mutate(action));
  const stop = () => {
    dialog.close();
    run.mutate('stop');
  };
  return (
    <div className="run-buttons">
      {OFFERED[status].map((action) => {
        const Icon = ICONS[action];
        const strong = action === 'resume' || (action === 'start' && status === 'published');
        return (
          <Button
            key={action}
            size="xs"
            variant={strong ? 'filled' : 'default'}
            leftSection={<Icon size={15} stroke={2} />}
            loading={run.isPending && run.variables === action}
            disabled={run.isPending && run.variables !== action}
            onClick={() => press(action)}
          >
            {words.journey.actions[action]}
          </Button>
        );
      })}
      {asking && (
        <Suspense>
          <StopDialog opened={asking} inside={inside} onStop={stop} onClose={dialog.close} />
        </Suspense>
      )}
    </div>
  );
}

/** The last thing that was tried with a journey's run, if it failed. */
export function useFailedAction(id: string) {
  const tried = useMutationState({
    filters: { mutationKey: keys.run(id) },
    select: ({ state }) => ({
      at: state.submittedAt,
      action: state.variables as RunAction,
      error: state.error,
    }),
  });
  const last = tried.at(-1);
  return last?.error ? last : null;
}
