/** The whole journey in numbers: who entered, who is inside, how it ended, and when it moves next. */

import type { Report } from '../../api/types';
import { dayAndTime, number, reasonName, sentence, shortNumber } from '../../app/format';
import { words } from '../../app/words';
import { Moment } from '../../ui/Moment';
import type { LineState } from '../live/useReportEvents';
import { endingsOf } from '../view';
import './stats.css';

const { stats, live } = words.journey;

interface StatsCardProps {
  report: Report | null;
  line: LineState;
}

export function StatsCard({ report, line }: StatsCardProps) {
  return (
    <section className="stats" aria-label={stats.label}>
      {report ? <Numbers report={report} /> : <NoRun />}
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

function Numbers({ report }: { report: Report }) {
  const endings = endingsOf(report);
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
        {endings.slice(0, 4).map((ending) => (
          <Stat key={ending.reason} name={sentence(ending.reason)} value={ending.count} sub />
        ))}
        <Refused refused={report.refused} />
      </dl>
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
  title?: string;
}

function Stat({ name, value, id, dot, sub, title }: StatProps) {
  return (
    <div data-sub={sub} title={title}>
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

function Refused({ refused }: { refused: Record<string, number> }) {
  const reasons = Object.entries(refused).filter(([, count]) => count > 0);
  if (reasons.length === 0) return null;
  const total = reasons.reduce((sum, [, count]) => sum + count, 0);
  const why = reasons
    .map(([reason, count]) => `${sentence(reasonName(reason))}: ${number(count)}`)
    .join('\n');
  return <Stat name={stats.refused} value={total} title={why} />;
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
