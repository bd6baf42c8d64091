/** Who arrived, who moved on, who is here; deliveries with their reasons; what visits ended with. Counts open their people. */

import type { Report } from '../../api/types';
import { dayAndTime, number, percent, sentence } from '../../app/format';
import { words } from '../../app/words';
import { Moment } from '../../ui/Moment';
import { OutcomeReasons } from '../canvas/OutcomeReasons';
import type { Group } from '../live/people/PeoplePanel';
import { words as liveWords } from '../live/words';
import { endingsOf, type StepView } from '../view';

const say = words.inspector;

interface StepCountsProps {
  step: StepView;
  report: Report | null;
  onPeople: (group: Group) => void;
}

export function StepCounts({ step, report, onPeople }: StepCountsProps) {
  if (!step.counts) return null;
  const endings = report ? endingsOf(report, step.id) : [];
  const { counts } = step;
  const figures = step.isEnd
    ? [{ name: say.arrived, value: counts.arrived, part: 'arrived', state: 'through' as const }]
    : [
        { name: say.arrived, value: counts.arrived, part: 'arrived', state: null },
        { name: say.here, value: counts.here, part: 'here', state: 'here' as const },
        { name: say.left, value: counts.left, part: 'left', state: 'through' as const },
      ];
  return (
    <>
      <section>
        <h3>{say.counts}</h3>
        <div className="figures digits">
          {figures.map(({ name, value, part, state }) => {
            const figure = (
              <>
                <b data-part={part} data-count={value}>
                  {number(value)}
                </b>{' '}
                <span>{name}</span>
              </>
            );
            return state && value > 0 ? (
              <button
                key={part}
                type="button"
                title={liveWords.people.open(name)}
                onClick={() => onPeople({ state, reason: null })}
              >
                {figure}
              </button>
            ) : (
              <p key={part}>{figure}</p>
            );
          })}
        </div>
        {step.dueAt && (
          <p className="step-next">
            {say.due[step.kind === 'start' ? 'start' : 'here']} <b>{dayAndTime(step.dueAt)}</b>{' '}
            <Moment at={step.dueAt} />
          </p>
        )}
      </section>
      {step.outcomes.length > 0 && (
        <section>
          <h3>{say.outcomes}</h3>
          <OutcomeReasons step={step} onReason={(reason) => onPeople({ state: 'not_sent', reason })} />
        </section>
      )}
      {step.counts.events && <Since events={step.counts.events} accepted={counts.outcomes?.accepted ?? 0} />}
      {endings.length > 0 && (
        <section>
          <h3>{say.endings}</h3>
          <div className="reasons digits">
            <dl>
              {endings.map((ending) => (
                <div key={ending.reason}>
                  <dt>{sentence(ending.reason)}</dt>
                  <dd>{number(ending.count)}</dd>
                </div>
              ))}
            </dl>
          </div>
        </section>
      )}
    </>
  );
}

/** Clicks, bounces and the like, in the order of a message's life. */
function Since({ events, accepted }: { events: Record<string, number>; accepted: number }) {
  const found = Object.entries(say.events).flatMap(([kind, name]) => {
    const count = events[kind] ?? 0;
    return count > 0 ? [{ kind, name, count }] : [];
  });
  if (found.length === 0) return null;
  return (
    <section>
      <h3>{say.since}</h3>
      <div className="reasons digits">
        <dl>
          {found.map(({ kind, name, count }) => (
            <div key={kind} data-event={kind}>
              <dt>{name}</dt>
              <dd title={accepted > 0 ? say.ofAccepted(percent(count / accepted)) : undefined}>
                {number(count)}
              </dd>
            </div>
          ))}
        </dl>
      </div>
    </section>
  );
}
