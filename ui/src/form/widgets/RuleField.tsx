/** Who a rule holds for: built in place, or in a dialog with everything about those it holds for. */

import { Button, Modal } from '@mantine/core';
import { IconArrowsMaximize } from '@tabler/icons-react';
import { type KeyboardEvent, lazy, Suspense, useMemo, useState } from 'react';
import { sentence as capital } from '../../app/format';
import { sentence } from '../../audience/labels';
import { type Rule, readRule } from '../../audience/rule';
import { type FieldProps, useForm } from '../context';
import { FormSkeleton } from '../FormSkeleton';
import { Frame } from '../Frame';
import { within } from '../problems';
import { words } from '../words';

const RuleEditor = lazy(() => import('../../audience/RuleEditor'));

const say = words.rule;

export function RuleWidget({ schema, value, path, title, onChange }: FieldProps) {
  const { problems, inJourney } = useForm();
  const [large, setLarge] = useState(false);
  const rule = useMemo(() => readRule(value), [value]);
  const own = useMemo(
    () => within(problems, path).map((each) => ({ ...each, path: each.path.slice(path.length) })),
    [problems, path],
  );
  const editor = (wide: boolean) => (
    <Suspense fallback={<FormSkeleton />}>
      <RuleEditor rule={rule} problems={own} onChange={onChange} inJourney={inJourney} large={wide} />
    </Suspense>
  );
  const open = (
    <Button
      variant="subtle"
      color="gray"
      size="compact-xs"
      leftSection={<IconArrowsMaximize size={13} />}
      onClick={() => setLarge(true)}
    >
      {path.length > 1 ? say.edit : say.open}
    </Button>
  );
  return (
    <Frame title={title} schema={schema} path={path} group shallow={path.length < 2} aside={open}>
      {() => (
        <>
          {path.length > 1 ? <Summary rule={rule} troubled={own.length > 0} /> : !large && editor(false)}
          <Modal.Root opened={large} onClose={() => setLarge(false)} size={1120} radius={20} centered>
            <Modal.Overlay />
            <Modal.Content className="rule-dialog" onKeyDown={keepEscape}>
              <Modal.Header px={28} pt={22}>
                <Modal.Title>{title}</Modal.Title>
                <Button size="xs" variant="default" onClick={() => setLarge(false)}>
                  {say.done}
                </Button>
              </Modal.Header>
              <Modal.Body p={28} pt={8}>
                {editor(true)}
              </Modal.Body>
            </Modal.Content>
          </Modal.Root>
        </>
      )}
    </Frame>
  );
}

/** Escape closes the dialog, not also the card it was opened from. */
function keepEscape(event: KeyboardEvent): void {
  if (event.key === 'Escape') event.stopPropagation();
}

function Summary({ rule, troubled }: { rule: Rule; troubled: boolean }) {
  return (
    <p className="rule-summary" data-bad={troubled || undefined}>
      {capital(sentence(rule))}
    </p>
  );
}
