/** What a draft would do, asked of the server when it is saved. */

import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { simulateJourney } from '../../../api/drafting';
import { Failure } from '../../../api/failure';
import type { Journey, Simulation } from '../../../api/types';
import type { Editor } from '../editor';
import { words } from '../words';

export interface Asked {
  days: number;
  document: Journey;
}

/** null: nothing is asked. */
export function useForecast(editor: Editor, asked: Asked | null): UseQueryResult<Simulation, Failure> {
  return useQuery<Simulation, Failure>({
    queryKey: ['forecast', editor.id, asked?.days, asked?.document],
    queryFn: async ({ signal }) => {
      if (!(await editor.saver.flush())) throw new Failure('user', 'unsaved', words.save.refused, '', 0);
      return await simulateJourney(editor.id, asked?.days ?? 1, signal);
    },
    enabled: asked !== null,
    retry: false,
    staleTime: 60_000,
  });
}

/** Messages by channel, most first. */
export function byChannel({
  sent,
}: Simulation): { channel: string; total: number; days: Map<string, number> }[] {
  const found = new Map<string, Map<string, number>>();
  for (const { channel, day, count } of sent) {
    const days = found.get(channel) ?? new Map<string, number>();
    days.set(day, (days.get(day) ?? 0) + count);
    found.set(channel, days);
  }
  const sum = (days: Map<string, number>) => [...days.values()].reduce((all, each) => all + each, 0);
  return [...found]
    .map(([channel, days]) => ({ channel, days, total: sum(days) }))
    .sort((a, b) => b.total - a.total);
}

/** Why messages are not sent, over all steps, most first. */
export function notSent({ nodes }: Simulation): [string, number][] {
  const totals = new Map<string, number>();
  for (const { reasons } of Object.values(nodes))
    for (const [reason, count] of Object.entries(reasons))
      totals.set(reason, (totals.get(reason) ?? 0) + count);
  return [...totals].sort(([, a], [, b]) => b - a);
}
