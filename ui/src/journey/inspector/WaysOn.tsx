/** Where a step leads, by which way out, and how many went there; each opens the step it leads to. */

import { number, percent } from '../../app/format';
import { words } from '../../app/words';
import type { JourneyView, StepView } from '../view';

interface WaysOnProps {
  step: StepView;
  view: JourneyView;
  onSelect: (step: string) => void;
}

export function WaysOn({ step, view, onSelect }: WaysOnProps) {
  const lines = view.lines
    .filter((line) => line.source === step.id)
    .sort((a, b) => rankOf(step, a.port) - rankOf(step, b.port));
  if (lines.length === 0) return null;
  const names = new Map(view.steps.map((item) => [item.id, item.name]));
  const arrived = step.counts?.arrived ?? 0;
  return (
    <section>
      <h3>{words.inspector.ways}</h3>
      <ul className="ways digits">
        {lines.map((line) => (
          <li key={line.id}>
            <button type="button" onClick={() => onSelect(line.target)}>
              {line.label && <b>{line.label}</b>}
              <span>{names.get(line.target) ?? line.target}</span>
              {line.count !== null && (
                <em title={arrived > 0 ? words.inspector.share(percent(line.count / arrived)) : undefined}>
                  {number(line.count)}
                </em>
              )}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function rankOf(step: StepView, port: string): number {
  return step.ports.findIndex((item) => item.id === port);
}
