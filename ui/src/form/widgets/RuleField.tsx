/** Who a rule holds for: built in place, or in a dialog with everything about those it holds for. */

import { Button, Modal } from '@mantine/core';
import { IconArrowsMaximize } from '@tabler/icons-react';
import { type KeyboardEvent, lazy, type ReactNode, Suspense, useMemo, useState } from 'react';
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
      aria-label={`${path.length > 1 ? say.edit : say.open}: ${sentence(rule)}`}
      onClick={() => setLarge(true)}
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
          <Large title={title} opened={large} onClose={() => setLarge(false)}>
            {editor(true)}
          </Large>
        </>
      )}
    </Frame>
  );
}

interface LargeProps {
  title: string;
  opened: boolean;
  onClose: () => void;
  children: ReactNode;
}

function Large({ title, opened, onClose, children }: LargeProps) {
  // Escape closes the dialog, and not also the card it was opened from.
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Escape') return;
    event.preventDefault();
    event.stopPropagation();
    onClose();
  };
  return (
    <Modal.Root opened={opened} onClose={onClose} size={1120} radius={20} yOffset="6vh" closeOnEscape={false}>
      <Modal.Overlay />
      <Modal.Content className="rule-dialog">
        {/* biome-ignore lint/a11y/noStaticElementInteractions: the key works wherever the focus is */}
        <div onKeyDown={onKeyDown}>
          <Modal.Header className="rule-dialog-head">
            <Modal.Title>{title}</Modal.Title>
            <Button size="xs" variant="default" onClick={onClose}>
              {say.done}
            </Button>
          </Modal.Header>
          <Modal.Body className="rule-dialog-body">{children}</Modal.Body>
        </div>
      </Modal.Content>
    </Modal.Root>
  );
}

function Summary({ rule, troubled }: { rule: Rule; troubled: boolean }) {
  return (
    <p className="rule-summary" data-bad={troubled || undefined}>
      {capital(sentence(rule))}
    </p>
  );
}
