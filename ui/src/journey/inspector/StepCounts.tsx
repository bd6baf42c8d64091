/** Who arrived, who moved on, who is here; deliveries with their reasons; what visits ended with. */

import type { Report } from '../../api/types';
import { number, sentence } from '../../app/format';
import { words } from '../../app/words';
import { OutcomeReasons } from '../canvas/OutcomeReasons';
import { endingsOf, type StepView } from '../view';

const say = words.inspector;

export function StepCounts({ step, report }: { step: StepView; report: Report | null }) {
  if (!step.counts) return null;
  const endings = report ? endingsOf(report, step.id) : [];
  const figures = step.isEnd
    ? [{ name: say.arrived, value: step.counts.arrived, part: 'arrived' }]
    : [
        { name: say.arrived, value: step.counts.arrived, part: 'arrived' },
        { name: say.here, value: step.counts.here, part: 'here' },
        { name: say.left, value: step.counts.left, part: 'left' },
      ];
  return (
    <>
      <section>
        <h3>{say.counts}</h3>
        <dl className="figures digits">
          {figures.map((figure) => (
            <div key={figure.part}>
              <dd data-part={figure.part} data-count={figure.value}>
                {number(figure.value)}
              </dd>
              <dt>{figure.name}</dt>
            </div>
          ))}
        </dl>
      </section>
      {step.outcomes.length > 0 && (
        <section>
          <h3>{say.outcomes}</h3>
          <OutcomeReasons step={step} />
        </section>
      )}
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
