/** Asks before unsaved changes are left behind. */

import { useBlocker } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { words } from '../app/words';

const AskDialog = lazy(() => import('./AskDialog'));

const say = words.leave;

export function LeaveDialog({ dirty }: { dirty: () => boolean }) {
  const blocker = useBlocker({ shouldBlockFn: dirty, enableBeforeUnload: dirty, withResolver: true });
  if (blocker.status !== 'blocked') return null;
  return (
    <Suspense fallback={null}>
      <AskDialog
        title={say.title}
        opened
        loud="safe"
        safe={{ label: say.stay, onGive: blocker.reset }}
        other={{ label: say.leave, onGive: blocker.proceed }}
      >
        <p>{say.text}</p>
      </AskDialog>
    </Suspense>
  );
}
