/** The number: how many people, what share of everybody, and how old the count is. */

import { number, percent } from '../../app/format';
import { Moment } from '../../ui/Moment';
import { words } from '../words';
import type { Reach } from './useReach';
import './reach.css';

const say = words.reach;

export function ReachHead({ reach }: { reach: Reach }) {
  const { preview, state, current } = reach;
  if (state === 'idle') return <p className="reach-note">{say.idle}</p>;
  const share = preview?.share ?? 0;
  return (
    <div
      className="reach"
      data-state={state}
      data-old={!current || undefined}
      data-count={current ? preview?.count : undefined}
    >
      <p className="reach-count digits" aria-live="polite" aria-busy={state === 'asking'}>
        <b>{preview ? number(preview.count) : say.unknown}</b>{' '}
        {preview && (
          <span>
            {say.people(preview.count)}, {say.share(percent(share))}
          </span>
        )}
      </p>
      <div className="reach-bar" aria-hidden="true">
        <i style={{ width: `${preview && preview.count > 0 ? Math.max(0.6, share * 100) : 0}%` }} />
      </div>
      <p className="reach-age">
        <State reach={reach} />
      </p>
    </div>
  );
}

function State({ reach }: { reach: Reach }) {
  switch (reach.state) {
    case 'asking':
      return say.asking;
    case 'incomplete':
      return say.incomplete;
    case 'failed':
      return (
        <>
          <span className="reach-failed">
            {reach.problems.length > 0 ? say.wrong : (reach.failure?.message ?? say.failed)}
          </span>
          {reach.problems.length === 0 && (
            <button type="button" className="reach-again" onClick={reach.again}>
              {say.again}
            </button>
          )}
        </>
      );
    default:
      return (
        <>
          {say.counted} <Moment at={new Date(reach.at).toISOString()} />
          {reach.preview?.asked_as && ` ${say.askedAs[reach.preview.asked_as]}`}
          <button type="button" className="reach-again" onClick={reach.again}>
            {say.recount}
          </button>
        </>
      );
  }
}
