/** A day: fixed, or so many days ago or ahead. */

import { useState } from 'react';
import type { Day } from '../rule';
import { words } from '../words';
import { AmountToken, ChoiceToken } from './tokens';

const say = words.day;
type Kind = 'fixed' | 'ago' | 'ahead';

const KINDS = [
  { value: 'ago', label: say.ago },
  { value: 'ahead', label: say.ahead },
  { value: 'fixed', label: say.fixed },
] as const;

export function DayTokens({ day, onChange }: { day: Day; onChange: (day: Day) => void }) {
  const [ahead, setAhead] = useState(false);
  const days = typeof day === 'object' ? day.days_ago : null;
  const kind: Kind =
    typeof day === 'string' ? 'fixed' : (days ?? 0) < 0 || (ahead && !days) ? 'ahead' : 'ago';
  const sign = kind === 'ahead' ? -1 : 1;
  const choose = (next: Kind) => {
    setAhead(next === 'ahead');
    if (next === 'fixed') onChange(new Date().toISOString().slice(0, 10));
    else onChange({ days_ago: (next === 'ahead' ? -1 : 1) * Math.abs(days ?? 7) });
  };
  const choice = <ChoiceToken<Kind> name={say.which} value={kind} options={KINDS} onChange={choose} />;
  if (typeof day === 'string') {
    return (
      <>
        {choice}
        <input
          type="date"
          className="token-value"
          aria-label={words.row.value}
          value={day}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      </>
    );
  }
  return (
    <>
      <AmountToken
        name={say.days}
        whole
        min={0}
        value={days === null ? null : days * sign}
        onChange={(next) => onChange({ days_ago: next === null ? null : next * sign })}
      />
      {choice}
    </>
  );
}
