/** The visits of one customer, step by step, and the times they were not let in. */

import { dayAndTime, outcomeName, plain, reasonName, sentence } from '../../../app/format';
import { useCatalogue } from '../../../form/catalogue';
import { endingName, type JourneyView } from '../../view';
import { words } from '../words';
import type { Stop, Visit, Why } from './useWhy';

const say = words.why;

interface VisitsProps {
  visits: readonly Visit[];
  view: JourneyView;
  version: number | null;
}

/** The last visit first. */
export function Visits({ visits, view, version }: VisitsProps) {
  return visits.toReversed().map((visit) => (
    <section key={visit.visit_no} data-visit={visit.visit_no}>
      <h3>
        {[
          visits.length > 1 ? say.visit(visit.visit_no) : '',
          say.entered(dayAndTime(visit.entered_at)),
          say.version(visit.version),
        ]
          .filter(Boolean)
          .map((part, i) => (i === 0 ? sentence(part) : part))
          .join(', ')}
      </h3>
      {visit.converted_at && <p className="why-goal">{say.converted(dayAndTime(visit.converted_at))}</p>}
      <ol className="stops">
        {visit.path.map((stop, i) => (
          <Step
            key={`${stop.node_id} ${stop.arrived_at}`}
            stop={stop}
            due={i === visit.path.length - 1 ? visit.due_at : null}
            view={visit.version === version ? view : null}
          />
        ))}
      </ol>
      {version !== null && visit.version !== version && <p className="why-note">{say.otherVersion}</p>}
    </section>
  ));
}

interface StepProps {
  stop: Stop;
  due: string | null;
  view: JourneyView | null;
}

function Step({ stop, due, view }: StepProps) {
  const here = stop.left_at === null && stop.ending === null;
  return (
    <li data-here={here || undefined} data-step={stop.node_id}>
      <div className="stop-head">
        <b>{stop.name}</b>
        <span>{dayAndTime(stop.arrived_at)}</span>
      </div>
      {stop.delivery && <Delivery delivery={stop.delivery} />}
      {stop.port !== null && stop.port_label && (
        <p>
          {[say.way(stop.port_label), stop.reason ? say.because(reasonName(stop.reason)) : '']
            .filter(Boolean)
            .join(', ')}
        </p>
      )}
      {stop.ending && <p>{say.ended(endingName(stop.ending))}</p>}
      {here && <Here stop={stop} due={due} view={view} />}
    </li>
  );
}

function Delivery({ delivery }: { delivery: NonNullable<Stop['delivery']> }) {
  const channels = useCatalogue()?.channels;
  const { channel, outcome, reason } = delivery;
  const name = channels?.find((each) => each.name === channel)?.title ?? plain(channel ?? '');
  const result = outcome === null ? say.underWay : outcomeName(outcome, 1);
  const text = name ? say.delivery(name, result) : sentence(result);
  return <p data-outcome={outcome}>{reason ? `${text}, ${reasonName(reason)}` : text}</p>;
}

/** Where they are: when they go on, and to what. */
function Here({ stop, due, view }: StepProps) {
  const next = (view?.lines ?? []).filter((line) => line.source === stop.node_id).map((line) => line.target);
  const names = (view?.steps ?? []).filter((step) => next.includes(step.id)).map((step) => step.name);
  return (
    <p className="stop-here">
      {[
        say.isHere,
        due ? say.goesOn(dayAndTime(due)) : stop.delivery ? '' : say.noTime,
        names.length > 0 ? say.afterwards([...new Set(names)].join(say.or)) : '',
      ]
        .filter(Boolean)
        .join(' ')}
    </p>
  );
}

export function Refusals({ refusals }: Pick<Why, 'refusals'>) {
  if (refusals.length === 0) return null;
  return (
    <section>
      <h3>{say.refused}</h3>
      <ul className="why-list">
        {refusals.map((refusal) => (
          <li key={`${refusal.node_id} ${refusal.refused_at}`}>
            {say.refusal(refusal.name, reasonName(refusal.reason), dayAndTime(refusal.refused_at))}
          </li>
        ))}
      </ul>
    </section>
  );
}
