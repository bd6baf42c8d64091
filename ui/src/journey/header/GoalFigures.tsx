/** How many reached the journey's goal, and how many of those held out did without it. */

import type { Report } from '../../api/types';
import { number, percent, written } from '../../app/format';
import { words } from '../live/words';
import { liftOf } from './lift';

const say = words.goal;

export function GoalFigures({ report }: { report: Report }) {
  const lift = liftOf(report);
  const acted = report.entered - report.held_out;
  return (
    <section className="stats-goal" aria-label={say.title} data-verdict={lift?.verdict}>
      <dl className="stats-list digits">
        <Reached name={say.converted} id="converted" count={report.converted} of={acted} />
        {report.held_out > 0 && (
          <Reached
            name={say.heldOutConverted}
            id="held_out_converted"
            count={report.held_out_converted}
            of={report.held_out}
          />
        )}
        {lift && (
          <div data-lift={lift.treated - lift.heldOut}>
            <dt>{say.difference}</dt>
            <dd>{say.points(points(lift.treated - lift.heldOut))}</dd>
          </div>
        )}
      </dl>
      <p>{lift ? say[lift.verdict] : acted > 0 && report.held_out === 0 && say.none}</p>
    </section>
  );
}

interface ReachedProps {
  name: string;
  id: string;
  count: number;
  of: number;
}

function Reached({ name, id, count, of }: ReachedProps) {
  return (
    <div>
      <dt>{name}</dt>
      <dd data-stat={id} data-count={count}>
        {number(count)}
        {of > 0 && <small>{percent(count / of)}</small>}
      </dd>
    </div>
  );
}

/** A difference of shares in percentage points, with its sign. */
function points(difference: number): string {
  const rounded = Math.round(1000 * difference) / 10;
  return `${rounded > 0 ? '+' : ''}${written(rounded)}`;
}
