/** One customer's story in this journey: where they went and why, or why they never came in. */

import { Button } from '@mantine/core';
import { type FormEvent, useEffect, useId, useRef, useState } from 'react';
import type { Highlighted } from '../../canvas/highlight';
import type { JourneyView } from '../../view';
import { SidePanel } from '../SidePanel';
import { words } from '../words';
import { Entries } from './Entries';
import { pathOf } from './pathOf';
import { Refusals, Visits } from './Story';
import { useWhy, type Why } from './useWhy';
import './why.css';

const say = words.why;

interface WhyPanelProps {
  journey: string;
  view: JourneyView;
  /** The version that is drawn. */
  version: number | null;
  member: string | null;
  onMember: (member: string) => void;
  onPath: (path: Highlighted | null) => void;
  onBack?: () => void;
  onClose: () => void;
}

export default function WhyPanel({
  journey,
  view,
  version,
  member,
  onMember,
  onPath,
  ...does
}: WhyPanelProps) {
  const { data, error, isFetching, isPlaceholderData } = useWhy(journey, member);
  const why = error || isPlaceholderData ? undefined : data;
  const { lines } = view;
  const told = useRef('');
  useEffect(() => {
    const path = why ? pathOf(why, lines) : null;
    const key = path ? [...path.steps, '', ...path.lines].join(' ') : '';
    if (key === told.current) return;
    told.current = key;
    onPath(path);
  }, [why, lines, onPath]);
  useEffect(() => () => onPath(null), [onPath]);
  return (
    <SidePanel
      name="why"
      title={say.title}
      ownFocus={member === null}
      onBack={does.onBack}
      onClose={does.onClose}
    >
      <Ask member={member} asking={isFetching} onMember={onMember} />
      {error && (
        <p role="alert" className="why-answer">
          {`${error.message} ${error.fix}`}
        </p>
      )}
      {!why && !error && isFetching && (
        <p className="why-answer" role="status">
          {say.asking}
        </p>
      )}
      {why && <Answer why={why} view={view} version={version} />}
    </SidePanel>
  );
}

interface AskProps {
  member: string | null;
  asking: boolean;
  onMember: (member: string) => void;
}

function Ask({ member, asking, onMember }: AskProps) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(member ?? '');
  const begins = useRef(member === null);
  useEffect(() => {
    if (begins.current) input.current?.focus({ preventScroll: true });
  }, []);
  const ask = (event: FormEvent) => {
    event.preventDefault();
    if (text.trim()) onMember(text.trim());
  };
  return (
    <form className="why-ask" onSubmit={ask}>
      <label htmlFor={id}>{say.id}</label>
      <div>
        <input
          ref={input}
          id={id}
          className="control"
          value={text}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <Button type="submit" variant="default" h={38} loading={asking} disabled={!text.trim()}>
          {say.ask}
        </Button>
      </div>
    </form>
  );
}

interface AnswerProps {
  why: Why;
  view: JourneyView;
  version: number | null;
}

function Answer({ why, view, version }: AnswerProps) {
  return (
    <>
      <p className="why-answer" role="status" data-standing={why.standing}>
        <strong>{why.text}</strong>{' '}
        {why.is_customer && <span>{say.source[why.source](why.version ?? 0)}</span>}
      </p>
      <Visits visits={why.visits} view={view} version={version} />
      <Refusals refusals={why.refusals} />
      {why.is_customer && <Entries entries={why.entries} />}
    </>
  );
}
