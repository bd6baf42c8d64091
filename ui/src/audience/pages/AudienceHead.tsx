/** The audience's name, and what can be done with it. */

import { Button } from '@mantine/core';
import { IconArrowLeft, IconCopy, IconDots, IconTrash } from '@tabler/icons-react';
import { Link, useNavigate } from '@tanstack/react-router';
import { useId, useRef } from 'react';
import { Menu } from '../../form/pop/Menu';
import { Moment } from '../../ui/Moment';
import type { Audience } from '../queries';
import { words } from '../words';
import type { Editing } from './useAudience';

const say = words.page;
const NAME_LENGTH = 120;

interface AudienceHeadProps {
  editing: Editing;
  unsaved: boolean;
  saved: Audience | null;
  onDelete: () => void;
}

export function AudienceHead({ editing, unsaved, saved, onDelete }: AudienceHeadProps) {
  const { draft, change, saving, failure, save, theirs } = editing;
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const nameless = draft.name.trim() === '';
  const submit = () => {
    if (nameless) input.current?.focus();
    else save();
  };
  return (
    <form
      className="audience-head"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Link to="/audiences" className="icon-button audience-back" aria-label={say.back} title={say.back}>
        <IconArrowLeft size={18} stroke={1.75} />
      </Link>
      <h1 className="audience-title">
        <input
          ref={input}
          id={id}
          aria-label={say.name}
          aria-describedby={`${id}-state`}
          className="audience-name"
          placeholder={say.namePlaceholder}
          autoComplete="off"
          maxLength={NAME_LENGTH}
          value={draft.name}
          onChange={(event) => change({ name: event.currentTarget.value })}
        />
      </h1>
      <p className="audience-state" id={`${id}-state`} role="status">
        {failure && !theirs ? (
          <span className="reach-failed">
            {failure.code === 'conflict' ? say.taken : `${failure.message} ${failure.fix}`}
          </span>
        ) : saved && !unsaved ? (
          <>
            {say.saved} <Moment at={saved.updated_at} />
          </>
        ) : nameless && unsaved ? (
          say.needsName
        ) : unsaved ? (
          say.unsaved
        ) : (
          ''
        )}
      </p>
      <Button type="submit" loading={saving} disabled={!unsaved && saved !== null}>
        {say.save}
      </Button>
      {saved && <More audience={saved} onDelete={onDelete} />}
    </form>
  );
}

function More({ audience, onDelete }: { audience: Audience; onDelete: () => void }) {
  const navigate = useNavigate();
  const copy = () => void navigate({ to: '/new-audience', search: { from: audience.id } });
  return (
    <Menu
      className="icon-button"
      name={words.list.more(audience.name)}
      face={<IconDots size={17} />}
      items={[
        { label: words.list.duplicate, icon: <IconCopy size={15} />, onDo: copy },
        { label: words.list.delete, icon: <IconTrash size={15} />, onDo: onDelete },
      ]}
    />
  );
}
