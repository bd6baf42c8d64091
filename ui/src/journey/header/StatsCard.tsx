/** The whole journey in numbers: who entered, who is inside, how it ended, and when it moves next. */

import { useState } from 'react';
import type { Report } from '../../api/types';
import { dayAndTime, number, reasonName, sentence, shortNumber } from '../../app/format';
import { words } from '../../app/words';
import { Moment } from '../../ui/Moment';
import type { LineState } from '../live/useReportEvents';
import { words as liveWords } from '../live/words';
import { endingsOf } from '../view';
import { GoalFigures } from './GoalFigures';
import './stats.css';

const { stats, live } = words.journey;

interface StatsCardProps {
  report: Report | null;
  line: LineState;
  /** The version that runs says what reaching the goal is. */
  hasGoal: boolean;
}

export function StatsCard({ report, line, hasGoal }: StatsCardProps) {
  return (
    <section className="stats" aria-label={stats.label}>
      {report ? <Numbers report={report} hasGoal={hasGoal} /> : <NoRun />}
      {report && <Line state={line} />}
    </section>
  );
}

function NoRun() {
  return (
    <div className="stats-none">
      <strong>{stats.noRun}</strong>
      <p>{stats.noRunHint}</p>
    </div>
  );
}

function Numbers({ report, hasGoal }: { report: Report; hasGoal: boolean }) {
  return (
    <>
      <p className="stats-entered">
        <b className="digits" data-stat="entered" data-count={report.entered}>
          {shortNumber(report.entered)}
        </b>{' '}
        {stats.entered(report.entered)}
      </p>
      <ShareBar report={report} />
      <dl className="stats-list digits">
        <Stat name={stats.inside} dot="inside" value={report.inside} id="inside" />
        <Stat name={stats.ended} dot="ended" value={report.ended} id="ended" />
        <Reasons found={endingsOf(report)} />
        <Refused refused={report.refused} />
      </dl>
      {hasGoal && <GoalFigures report={report} />}
      <dl className="stats-times">
        <dt>{stats.nextDue}</dt>
        <dd>
          {report.next_due_at ? <Moment at={report.next_due_at} /> : stats.nothingDue}
          {report.next_due_at && <small>{dayAndTime(report.next_due_at)}</small>}
        </dd>
      </dl>
    </>
  );
}

interface StatProps {
  name: string;
  value: number;
  id?: string;
  dot?: 'inside' | 'ended';
  sub?: boolean;
}

function Stat({ name, value, id, dot, sub }: StatProps) {
  return (
    <div data-sub={sub}>
      <dt>
        {dot && <i data-dot={dot} aria-hidden="true" />}
        {name}
      </dt>
      <dd data-stat={id} data-count={value}>
        {number(value)}
      </dd>
    </div>
  );
}

/** Why they were not let in, most first. */
function Refused({ refused }: { refused: Record<string, number> }) {
  const found = Object.entries(refused)
    .filter(([, count]) => count > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([reason, count]) => ({ reason: reasonName(reason), count }));
  if (found.length === 0) return null;
  return (
    <>
      <Stat name={stats.refused} value={found.reduce((sum, { count }) => sum + count, 0)} />
      <Reasons found={found} />
    </>
  );
}

const FEW = 4;

/** The reasons that count most; the others when asked for. */
function Reasons({ found }: { found: readonly { reason: string; count: number }[] }) {
  const [all, setAll] = useState(false);
  const more = found.length - FEW;
  return (
    <>
      {(all ? found : found.slice(0, FEW)).map(({ reason, count }) => (
        <Stat key={reason} name={sentence(reason)} value={count} sub />
      ))}
      {more > 0 && (
        <div data-sub>
          <dt>
            <button type="button" aria-expanded={all} onClick={() => setAll(!all)}>
              {all ? liveWords.stats.fewer : liveWords.stats.all(more)}
            </button>
          </dt>
          <dd />
        </div>
      )}
    </>
  );
}

function ShareBar({ report }: { report: Report }) {
  const share = (count: number) => `${report.entered > 0 ? (100 * count) / report.entered : 0}%`;
  return (
    <div className="stats-bar" aria-hidden="true">
      <i data-dot="inside" style={{ width: share(report.inside) }} />
      <i data-dot="ended" style={{ width: share(report.ended) }} />
    </div>
  );
}

function Line({ state }: { state: LineState }) {
  return (
    <p className="stats-line" data-state={state} role="status" title={live.hint[state]}>
      <i aria-hidden="true" />
      {live[state]}
    </p>
  );
}
