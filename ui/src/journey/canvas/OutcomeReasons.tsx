/** Deliveries by outcome, and why some were not accepted. */

import { number, reasonName, sentence } from '../../app/format';
import { words } from '../../app/words';
import type { StepView } from '../view';

interface OutcomeReasonsProps {
  step: StepView;
  /** Those with a reason are asked for; left out where nothing can be pressed. */
  onReason?: (reason: string) => void;
}

export function OutcomeReasons({ step, onReason }: OutcomeReasonsProps) {
  const reasons = Object.entries(step.counts?.reasons ?? {}).filter(([, count]) => count > 0);
  reasons.sort(([, a], [, b]) => b - a);
  return (
    <div className="reasons digits">
      <dl>
        {step.outcomes.map((outcome) => (
          <div key={outcome.name} data-tone={outcome.tone}>
            <dt>{sentence(outcome.label)}</dt>
            <dd>{number(outcome.count)}</dd>
          </div>
        ))}
      </dl>
      {reasons.length > 0 && (
        <>
          <p>{words.inspector.reasons}</p>
          <dl>
            {reasons.map(([reason, count]) => (
              <div key={reason}>
                <dt>
                  {onReason ? (
                    <button type="button" onClick={() => onReason(reason)}>
                      {sentence(reasonName(reason))}
                    </button>
                  ) : (
                    sentence(reasonName(reason))
                  )}
                </dt>
                <dd>{number(count)}</dd>
              </div>
            ))}
          </dl>
        </>
      )}
    </div>
  );
}
