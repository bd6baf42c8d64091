/** The ways in for somebody who never came: each entry's rule as a tree, with what holds and what was compared. */

import { IconCheck, IconHelp, IconX } from '@tabler/icons-react';
import { dayAndTime, sentence } from '../../../app/format';
import { type Rule, readRule } from '../../../audience/rule';
import { useRuleText } from '../../../audience/useRuleText';
import { words as audienceWords } from '../../../audience/words';
import { cellText } from '../people/PeopleTable';
import { words } from '../words';
import type { Entry, RulePart } from './useWhy';

const say = words.why;
const ICONS = { yes: IconCheck, no: IconX, unknown: IconHelp };

export function Entries({ entries }: { entries: readonly Entry[] }) {
  if (entries.length === 0) return null;
  const unknown = entries.some((entry) => entry.rule && hasUnknown(entry.rule));
  return (
    <section>
      <h3>{say.entries}</h3>
      {entries.map((entry) => (
        <div key={entry.node_id} className="why-entry" data-entry={entry.node_id}>
          <b>{entry.name}</b>
          <p>
            {[
              `${entry.schedule}.`,
              entry.looked_at ? say.lookedAt(dayAndTime(entry.looked_at)) : say.never,
              entry.looks_again ? say.looksAgain : say.looksNoMore,
            ].join(' ')}
          </p>
          {entry.problem && <p>{entry.problem}</p>}
          {entry.rule && (
            <>
              <p className="why-holds">{say.holds[entry.holds ? 'true' : 'false']}</p>
              <ul className="verdicts">
                <Part part={entry.rule} />
              </ul>
            </>
          )}
        </div>
      ))}
      {unknown && <p className="why-note">{say.unknownHint}</p>}
    </section>
  );
}

function Part({ part }: { part: RulePart }) {
  const ruleText = useRuleText();
  const Icon = ICONS[part.verdict];
  return (
    <li data-verdict={part.verdict}>
      <span className="verdict">
        <Icon size={15} stroke={2.25} role="img" aria-label={say.verdict[part.verdict]} />
        <span>
          {textOf(part, ruleText)}
          <Compared part={part} />
        </span>
      </span>
      {part.parts.length > 0 && (
        <ul className="verdicts">
          {part.parts.map((each, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the tree is only read
            <Part key={i} part={each} />
          ))}
        </ul>
      )}
    </li>
  );
}

/** Conditions and groups as the rule builder says them. */
function textOf({ kind, condition, parts, text }: RulePart, ruleText: (rule: Rule) => string): string {
  if (condition) return sentence(ruleText(readRule(condition)));
  if (kind === 'all' || kind === 'any')
    return parts.length === 0
      ? sentence(audienceWords[kind === 'all' ? 'everybody' : 'nobody'])
      : audienceWords.group[kind];
  return kind === 'not' ? sentence(audienceWords.row.not) : text;
}

function Compared({ part }: { part: RulePart }) {
  if (!part.condition || part.parts.length > 0) return null;
  if (part.withheld) return <em>{say.withheld}</em>;
  if (part.actual !== null) return <em>{say.has(cellText(part.actual))}</em>;
  return part.verdict === 'unknown' && <em>{say.hasNothing}</em>;
}

function hasUnknown(part: RulePart): boolean {
  return part.verdict === 'unknown' || part.parts.some(hasUnknown);
}
