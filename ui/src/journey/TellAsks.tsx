/** Says rules in words; loaded once the canvas stands, which shows steps without them until then. */

import { useEffect } from 'react';
import { sentence } from '../app/format';
import { isRule, readRule } from '../audience/rule';
import { useRuleText } from '../audience/useRuleText';
import type { Asks } from './asks';

export default function TellAsks({ onTell }: { onTell: (asks: Asks) => void }) {
  const text = useRuleText();
  useEffect(() => {
    onTell(({ rule }) => (isRule(rule) ? sentence(text(readRule(rule))) : ''));
  }, [text, onTell]);
  return null;
}
