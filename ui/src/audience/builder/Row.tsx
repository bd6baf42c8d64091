/** One condition as a sentence, with what is wrong with it below. */

import { IconDots, IconX } from '@tabler/icons-react';
import { Troubles } from '../../form/Frame';
import { Menu } from '../../form/pop/Menu';
import { Picker } from '../../form/pop/Picker';
import { within } from '../../form/problems';
import { negate, type Path, replace } from '../ast';
import { changeTo, choiceOf, subject, typeOf } from '../columns';
import { useBuilder } from '../context';
import { type Condition, isComparison, isKnown, type Rule } from '../rule';
import { useRuleText } from '../useRuleText';
import { words } from '../words';
import { CompareTokens } from './CompareTokens';
import { EventsTokens } from './EventsTokens';
import { AudienceTokens, ConsentTokens, MessageTokens, ScoreTokens } from './OtherTokens';
import { usePartActions } from './usePartActions';

interface RowProps {
  rule: Rule;
  path: Path;
  negated: boolean;
}

export function Row({ rule, path, negated }: RowProps) {
  const { root, gaps, problems, apply } = useBuilder();
  const actions = usePartActions(path, negated);
  const lacking = gaps.filter((gap) => path.every((step, i) => gap.path[i] === step));
  const said = useRuleText()(rule);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out as a line of words
    <div
      className="rule-row"
      role="group"
      aria-label={negated ? `${words.row.not} ${said}` : said}
      data-part={path.join('.')}
      onKeyDown={actions.onKeyDown}
    >
      <div className="rule-line">
        <div className="rule-words">
          {negated && (
            <button
              type="button"
              className="rule-not"
              title={words.row.unnegate}
              onClick={() => apply(negate(root, path))}
            >
              {words.row.not}
            </button>
          )}
          {isKnown(rule) ? (
            <Tokens rule={rule} onChange={(next) => apply(replace(root, path, next))} />
          ) : (
            <span className="rule-unknown">
              {words.row.unknown} <code>{JSON.stringify(rule)}</code>
            </span>
          )}
        </div>
        <span className="rule-actions">
          <Menu
            className="icon-button"
            name={words.row.more(said)}
            face={<IconDots size={16} />}
            items={actions.items}
          />
          <button
            type="button"
            className="icon-button"
            aria-label={words.row.remove(said)}
            onClick={actions.remove}
          >
            <IconX size={16} />
          </button>
        </span>
      </div>
      {lacking.length > 0 ? (
        <p className="rule-gap">{[...new Set(lacking.map((gap) => gap.text))].join(' ')}</p>
      ) : (
        <Troubles found={within(problems, path)} />
      )}
    </div>
  );
}

interface TokensProps {
  rule: Condition;
  onChange: (rule: Condition) => void;
}

function Tokens({ rule, onChange }: TokensProps) {
  const { sources, groups, lookBack } = useBuilder();
  if (rule.kind === 'consent') return <ConsentTokens rule={rule} onChange={onChange} />;
  if (rule.kind === 'in_audience') return <AudienceTokens rule={rule} onChange={onChange} />;
  if (rule.kind === 'message') return <MessageTokens rule={rule} onChange={onChange} />;
  const about = (
    <Picker
      className="token token-subject"
      groups={groups}
      search={words.pick.search}
      face={subject(rule)}
      value={choiceOf(rule)}
      onPick={(choice) => onChange(changeTo(rule, choice, sources, lookBack))}
    />
  );
  if (rule.kind === 'events') return <EventsTokens rule={rule} onChange={onChange} about={about} />;
  if (rule.kind === 'score') return <ScoreTokens rule={rule} onChange={onChange} about={about} />;
  if (!isComparison(rule)) return null;
  return (
    <>
      {about}
      <CompareTokens
        rule={rule}
        type={typeOf(rule.column, sources)}
        column={rule.column}
        onChange={onChange}
      />
    </>
  );
}
