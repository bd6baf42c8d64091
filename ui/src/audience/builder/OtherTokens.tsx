/** Scores, consent, messages, and other audiences as sentences. */

import type { ReactNode } from 'react';
import { plain, sentence } from '../../app/format';
import { useBuilder } from '../context';
import { type Consent, type InAudience, MESSAGE_EVENTS, type OfMessage, type Score } from '../rule';
import { words } from '../words';
import { AmountToken, ChoiceToken } from './tokens';

interface ScoreProps {
  rule: Score;
  onChange: (rule: Score) => void;
  about: ReactNode;
}

export function ScoreTokens({ rule, onChange, about }: ScoreProps) {
  return (
    <>
      {about}
      <span>{words.score.from}</span>
      <AmountToken
        name={words.row.lowest}
        min={0}
        max={1}
        value={rule.low}
        onChange={(low) => onChange({ ...rule, low })}
      />
      <span>{words.score.to}</span>
      <AmountToken
        name={words.row.highest}
        min={0}
        max={1}
        value={rule.high}
        onChange={(high) => onChange({ ...rule, high })}
      />
    </>
  );
}

export function ConsentTokens({ rule, onChange }: { rule: Consent; onChange: (rule: Consent) => void }) {
  const { sources } = useBuilder();
  const options = sources.consents.map((value) => ({ value, label: plain(value) }));
  return (
    <>
      <span className="rule-fixed">{sentence(words.consent.text)}</span>
      <ChoiceToken
        name={words.consent.purpose}
        value={rule.purpose}
        options={options}
        onChange={(purpose) => onChange({ ...rule, purpose })}
        strong
      />
    </>
  );
}

export function AudienceTokens({
  rule,
  onChange,
}: {
  rule: InAudience;
  onChange: (rule: InAudience) => void;
}) {
  const { audiences } = useBuilder();
  const options = audiences.map(({ id, name }) => ({ value: id, label: name }));
  const known = options.some((option) => option.value === rule.audience_id);
  const label = rule.audience_id ? words.audience.gone(rule.audience_id) : words.audience.none;
  return (
    <>
      <span className="rule-fixed">{sentence(words.audience.text)}</span>
      <ChoiceToken
        name={words.audience.which}
        value={rule.audience_id}
        options={known ? options : [{ value: rule.audience_id, label }, ...options]}
        onChange={(audience_id) => onChange({ ...rule, audience_id })}
        strong
      />
    </>
  );
}

const HAPPENED = MESSAGE_EVENTS.map((value) => ({ value, label: words.message.events[value] }));

export function MessageTokens({ rule, onChange }: { rule: OfMessage; onChange: (rule: OfMessage) => void }) {
  const { messages } = useBuilder();
  const options = messages.map(({ id, name }) => ({ value: id, label: name }));
  const known = options.some((option) => option.value === rule.step);
  const label = rule.step ? words.message.gone(rule.step) : words.message.none;
  return (
    <>
      <span className="rule-fixed">{sentence(words.message.of)}</span>
      <ChoiceToken
        name={words.message.which}
        value={rule.step}
        options={known ? options : [{ value: rule.step, label }, ...options]}
        onChange={(step) => onChange({ ...rule, step })}
        strong
      />
      <ChoiceToken
        name={words.message.what}
        value={rule.event}
        options={HAPPENED}
        onChange={(event) => onChange({ ...rule, event })}
      />
      {rule.event === 'opened' && <span>{words.message.unsure}</span>}
    </>
  );
}
