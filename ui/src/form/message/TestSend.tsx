/** One message to an address of one's own, as the chosen customer gets it, and plainly what came of it. */

import { Button } from '@mantine/core';
import { IconAlertCircle, IconCircleCheck, IconSend } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, type KeyboardEvent, useId, useState } from 'react';
import { api, unwrap } from '../../api/client';
import { asFailure } from '../../api/failure';
import type { components } from '../../api/schema';
import { Prose } from '../../ui/Prose';
import { SandboxLink } from '../../ui/SandboxLink';
import type { Fields } from '../schema';
import { words } from '../words';

const say = words.test;

type Sent = components['schemas']['TestSent'];

export interface Sendable {
  channel: string;
  /** Empty: none is chosen yet. */
  connection: string;
  step: Fields;
}

interface TestSendProps extends Sendable {
  member: string;
  /** The message is in order, and what is shown is what would be sent. */
  ready: boolean;
}

export function TestSend({ channel, connection, step, member, ready }: TestSendProps) {
  const id = useId();
  const [to, setTo] = useState(() => remembered(channel));
  const { mutate, data, error, isPending, reset } = useMutation<Sent, Error>({
    mutationFn: () => {
      const body = { channel, connection, step, to: to.trim(), member_id: member };
      return unwrap(api.POST('/api/v1/messages/test', { body }));
    },
  });
  const can = ready && connection !== '' && to.trim() !== '' && !isPending;
  const send = () => {
    if (!can) return;
    remember(channel, to.trim());
    mutate();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter') return;
    event.preventDefault();
    send();
  };
  const waits = connection === '' ? say.connection : ready ? '' : say.waits;
  return (
    <section className="test-send" aria-label={say.title}>
      <h3>{say.title}</h3>
      <p className="field-hint" id={`${id}-hint`}>
        {say.hint}
      </p>
      <div className="test-line">
        <label htmlFor={id}>{say.to}</label>
        <input
          id={id}
          className="control"
          value={to}
          inputMode="email"
          autoComplete="email"
          spellCheck={false}
          aria-describedby={`${id}-hint`}
          onChange={(event: FormEvent<HTMLInputElement>) => {
            setTo(event.currentTarget.value);
            reset();
          }}
          onKeyDown={onKeyDown}
        />
        <Button
          size="xs"
          h={38}
          variant="default"
          leftSection={<IconSend size={15} stroke={1.75} />}
          loading={isPending}
          disabled={!can && !isPending}
          onClick={send}
        >
          {say.send}
        </Button>
      </div>
      <div role="status">
        {waits && <p className="field-hint">{waits}</p>}
        {data && !error && <Answer sent={data} />}
        {data?.accepted && !error && <SandboxLink />}
        {error && <Refused error={error} />}
      </div>
    </section>
  );
}

function Answer({ sent }: { sent: Sent }) {
  const Icon = sent.accepted ? IconCircleCheck : IconAlertCircle;
  return (
    <p className="test-answer" data-accepted={sent.accepted}>
      <Icon size={16} stroke={1.75} aria-hidden="true" />
      <span>
        <Prose text={[sent.text, sent.accepted ? say.for(sent.member_id) : closed(sent.fix)].join(' ')} />
      </span>
    </p>
  );
}

function Refused({ error }: { error: Error }) {
  const { message, fix, problems } = asFailure(error);
  const [first] = problems;
  return (
    <p className="test-answer" data-accepted="false">
      <IconAlertCircle size={16} stroke={1.75} aria-hidden="true" />
      <span>
        <Prose text={[closed(first?.text ?? message), closed(first?.fix ?? fix)].join(' ')} />
      </span>
    </p>
  );
}

/** As a sentence of its own. */
function closed(text: string): string {
  if (!text) return '';
  const begun = text.charAt(0).toLocaleUpperCase() + text.slice(1);
  return /[.!?…]$/.test(begun) ? begun : `${begun}.`;
}

const KEY = 'sojourn-test-address:';

function remembered(channel: string): string {
  try {
    return localStorage.getItem(KEY + channel) ?? '';
  } catch {
    return '';
  }
}

function remember(channel: string, address: string): void {
  try {
    localStorage.setItem(KEY + channel, address);
  } catch {
    // No storage: it is typed again next time.
  }
}
