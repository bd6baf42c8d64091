/** Who a rule holds for: built in place, or in a dialog with everything about those it holds for. */

import { Button } from '@mantine/core';
import { IconArrowsMaximize } from '@tabler/icons-react';
import { lazy, Suspense, useMemo, useState } from 'react';
import { sentence as capital } from '../../app/format';
import { type Rule, readRule } from '../../audience/rule';
import { useRuleText } from '../../audience/useRuleText';
import { type FieldProps, useForm } from '../context';
import { FormSkeleton } from '../FormSkeleton';
import { Frame } from '../Frame';
import { within } from '../problems';
import { words } from '../words';

const RuleEditor = lazy(() => import('../../audience/RuleEditor'));
const RuleDialog = lazy(() => import('./RuleDialog'));

const say = words.rule;

export function RuleWidget({ schema, value, path, title, onChange }: FieldProps) {
  const { problems, inJourney, lookBack } = useForm();
  const text = useRuleText();
  const [large, setLarge] = useState(false);
  // Stays once it was there, so that the focus goes back when it closes.
  const [asked, setAsked] = useState(false);
  const rule = useMemo(() => readRule(value), [value]);
  const own = useMemo(
    () => within(problems, path).map((each) => ({ ...each, path: each.path.slice(path.length) })),
    [problems, path],
  );
  const editor = (wide: boolean) => (
    <Suspense fallback={<FormSkeleton />}>
      <RuleEditor
        rule={rule}
        problems={own}
        onChange={onChange}
        inJourney={inJourney}
        lookBack={lookBack}
        large={wide}
      />
    </Suspense>
  );
  const open = (
    <Button
      variant="subtle"
      color="gray"
      size="compact-xs"
      leftSection={<IconArrowsMaximize size={13} />}
      aria-label={`${path.length > 1 ? say.edit : say.open}: ${text(rule)}`}
      onClick={() => {
        setAsked(true);
        setLarge(true);
      }}
    >
      {path.length > 1 ? say.edit : say.open}
    </Button>
  );
  const inList = path.length > 1;
  return (
    <Frame title={title} schema={schema} path={path} group quiet={!inList} aside={open}>
      {() => (
        <>
          {inList ? <Summary rule={rule} troubled={own.length > 0} /> : !large && editor(false)}
          {asked && (
            <Suspense fallback={null}>
              <RuleDialog title={title} opened={large} onClose={() => setLarge(false)}>
                {editor(true)}
              </RuleDialog>
            </Suspense>
          )}
        </>
      )}
    </Frame>
  );
}

function Summary({ rule, troubled }: { rule: Rule; troubled: boolean }) {
  const text = useRuleText();
  return (
    <p className="rule-summary" data-bad={troubled || undefined}>
      {capital(text(rule))}
    </p>
  );
}
