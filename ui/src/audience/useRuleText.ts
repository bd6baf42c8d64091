/** Rules as sentences, with the audiences and messages in them by their names. */

import { useQuery } from '@tanstack/react-query';
import { useCallback, useContext } from 'react';
import { sentence } from './labels';
import { MessagesContext } from './messages';
import { audiencesQuery } from './queries';
import { isGroup, type Rule } from './rule';

export function useRuleText(): (rule: Rule) => string {
  const { data } = useQuery(audiencesQuery);
  const messages = useContext(MessagesContext);
  return useCallback(
    (rule) => {
      const names = new Map([...(data ?? []), ...messages].map(({ id, name }) => [id, name]));
      return sentence(named(rule, names));
    },
    [data, messages],
  );
}

/** The rule for reading alone: where an id was stands its name. */
function named(rule: Rule, names: ReadonlyMap<string, string>): Rule {
  if (isGroup(rule))
    return Array.isArray(rule.of) ? { ...rule, of: rule.of.map((part) => named(part, names)) } : rule;
  if (rule.kind === 'not') return { ...rule, rule: named(rule.rule, names) };
  if (rule.kind === 'message') return { ...rule, step: names.get(rule.step) ?? rule.step };
  if (rule.kind !== 'in_audience') return rule;
  return { ...rule, audience_id: names.get(rule.audience_id) ?? rule.audience_id };
}
