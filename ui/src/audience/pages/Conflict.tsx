/** Somebody else saved in between: nothing is overwritten before it is decided whose stays. */

import { Button } from '@mantine/core';
import { number } from '../../app/format';
import { Banner } from '../../ui/Banner';
import { readRule } from '../rule';
import { useRuleText } from '../useRuleText';
import { words } from '../words';
import type { Editing } from './useAudience';

const say = words.conflict;

export function Conflict({ editing }: { editing: Editing }) {
  const { theirs, takeTheirs, keepOurs, saving } = editing;
  const ruleText = useRuleText();
  if (!theirs) return null;
  const text = say.text(theirs.name, number(theirs.revision), ruleText(readRule(theirs.rule)));
  return (
    <Banner tone="bad" title={say.title} text={text}>
      <Button size="xs" variant="default" onClick={takeTheirs}>
        {say.theirs}
      </Button>
      <Button size="xs" loading={saving} onClick={keepOurs}>
        {say.ours}
      </Button>
    </Banner>
  );
}
