/** Counts as they change: the server's events put into the query cache, and how the line to it is. */

import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { keys } from '../../api/queries';
import { hasRun, isRunning, type Report, type Status } from '../../api/types';

/** `idle`: there is nothing to listen to; `done`: the run is over. */
export type LineState = 'idle' | 'connecting' | 'live' | 'away' | 'done';

const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 15_000;

/**
 * Listen to a journey's report once it has a run; a broken line is opened again, ever more patiently.
 *
 * A run that is over still tells its last counts, then `done`; started again, the line is opened anew.
 */
export function useReportEvents(id: string, status: Status | undefined): LineState {
  const enabled = status !== undefined && hasRun(status);
  const running = status !== undefined && isRunning(status);
  const client = useQueryClient();
  const [state, setState] = useState<LineState>('idle');
  // biome-ignore lint/correctness/useExhaustiveDependencies: a run that ends or starts again begins another line
  useEffect(() => {
    if (!enabled) {
      setState('idle');
      return;
    }
    setState((old) => (old === 'live' ? old : 'connecting'));
    return listen(id, {
      onState: (next) => {
        setState(next);
        // Whether only the line broke or the whole server is away, its other answers tell.
        if (next === 'away') void client.invalidateQueries({ queryKey: keys.journey(id) });
      },
      onReport: (report) => {
        // A trouble is told in words, and a stream speaks no language but its own: they are asked for.
        if (report.trouble) void client.invalidateQueries({ queryKey: keys.report(id) });
        else client.setQueryData(keys.report(id), report);
      },
      onDone: () => {
        void client.invalidateQueries({ queryKey: keys.journey(id) });
        void client.invalidateQueries({ queryKey: keys.report(id) });
      },
    });
  }, [id, enabled, running, client]);
  return state;
}

interface Listener {
  onState: (state: LineState) => void;
  onReport: (report: Report) => void;
  onDone: () => void;
}

/** Open the line and keep it open; returns how to close it. */
function listen(id: string, { onState, onReport, onDone }: Listener): () => void {
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let wait = FIRST_RETRY_MS;

  const open = () => {
    const opened = new EventSource(`/api/v1/journeys/${encodeURIComponent(id)}/events`);
    source = opened;
    opened.addEventListener('open', () => {
      wait = FIRST_RETRY_MS;
      onState('live');
    });
    opened.addEventListener('report', (event) => onReport(JSON.parse(event.data) as Report));
    opened.addEventListener('done', () => {
      opened.close();
      onState('done');
      onDone();
    });
    opened.addEventListener('error', () => {
      onState('away');
      // The browser tries again by itself unless the answer was no event stream; both ways are made one here.
      opened.close();
      timer = setTimeout(open, wait);
      wait = Math.min(LAST_RETRY_MS, wait * 2);
    });
  };

  open();
  return () => {
    clearTimeout(timer);
    source?.close();
  };
}
