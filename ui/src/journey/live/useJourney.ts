/** Everything the journey page knows: the journey, what is drawn, its counts, and how it hears of changes. */

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { Failure } from '../../api/failure';
import { journeyQuery, keys, reportQuery, versionQuery } from '../../api/queries';
import { type Drawing, hasRun, type JourneyDetail, type Report, statusOf } from '../../api/types';
import { type LineState, useReportEvents } from './useReportEvents';

/** How often to ask for the counts while they do not arrive by themselves. */
const POLL_MS = 10_000;

export interface JourneyState {
  detail: JourneyDetail | undefined;
  /** The version that runs, or the draft when none does. */
  drawing: Drawing | undefined;
  report: Report | null;
  line: LineState;
  failure: Failure | null;
  retrying: boolean;
  retry: () => void;
}

export function useJourney(id: string): JourneyState {
  const detail = useQuery(journeyQuery(id));
  const status = detail.data ? statusOf(detail.data.status) : undefined;
  const ran = status !== undefined && hasRun(status);
  const line = useReportEvents(id, status);
  const poll = ran && (line === 'away' || line === 'connecting') ? POLL_MS : false;
  const report = useQuery({ ...reportQuery(id, poll), enabled: ran });
  const version = report.data?.version ?? null;
  const drawn = useQuery({ ...versionQuery(id, version ?? 0), enabled: version !== null });
  useStatusNews(id, report.data?.status);
  return {
    detail: detail.data,
    drawing: drawn.data ?? (drawn.isError || !ran || report.isError ? detail.data : undefined),
    report: ran ? (report.data ?? null) : null,
    line,
    failure: detail.error,
    retrying: detail.isFetching,
    retry: () => void detail.refetch(),
  };
}

/** When the counts tell of another status, the journey is asked for its own. */
function useStatusNews(id: string, reported: string | undefined): void {
  const client = useQueryClient();
  useEffect(() => {
    if (reported === undefined) return;
    const known = client.getQueryData<JourneyDetail>(keys.journey(id))?.status;
    if (known !== undefined && known !== reported)
      void client.invalidateQueries({ queryKey: keys.journey(id) });
  }, [client, id, reported]);
}
