/** An account's form: filled in, tried out with the provider, and saved – never over somebody else's change. */

import { Button } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useId, useMemo, useRef } from 'react';
import { TopBar } from '../app/shell/TopBar';
import type { Channel } from '../form/catalogue';
import { Troubles } from '../form/Frame';
import type { Trouble } from '../form/problems';
import { SchemaForm } from '../form/SchemaForm';
import { KeptSecrets } from '../form/widgets/Secret';
import { Banner } from '../ui/Banner';
import { LeaveDialog } from '../ui/LeaveDialog';
import { ConnectionHead } from './ConnectionHead';
import { type ConnectionDetail, formOf } from './queries';
import { TestAnswer } from './TestAnswer';
import { UsedIn } from './UsedIn';
import { type Editing, useConnection } from './useConnection';
import { words } from './words';

const say = words.page;
const NO_SECRETS = {};

interface ConnectionEditorProps {
  saved: ConnectionDetail | null;
  channel: Channel;
  /** What a new one is called until it is called something else. */
  name?: string;
}

export function ConnectionEditor({ saved, channel, name = '' }: ConnectionEditorProps) {
  const navigate = useNavigate();
  const leaving = useRef(false);
  const schema = useMemo(() => formOf(channel), [channel]);
  const start = useMemo(() => ({ name, settings: {} }), [name]);
  const editing = useConnection(saved, channel.name, schema, start, (made) => {
    if (saved) return;
    leaving.current = true;
    void navigate({ to: '/connections/$name', params: { name: made.name }, replace: true });
  });
  const { draft, dirty, problems } = editing;
  const inside = useMemo(() => settingsProblems(problems), [problems]);
  return (
    <div className="page">
      <TopBar />
      <Conflict editing={editing} />
      <main id="content" className="page-body connection">
        <ConnectionHead
          saved={saved}
          channel={channel}
          state={dirty ? say.unsaved : saved ? say.saved : ''}
          onLeave={() => {
            leaving.current = true;
          }}
        />
        <form
          className="sheet connection-form"
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            editing.save();
          }}
        >
          {!saved && <NameField editing={editing} />}
          <KeptSecrets value={saved?.secrets ?? NO_SECRETS}>
            <SchemaForm
              schema={schema}
              value={draft.settings}
              problems={inside}
              onChange={(settings) => editing.change({ settings })}
            />
          </KeptSecrets>
          <Ending editing={editing} saved={saved !== null} />
        </form>
        {saved && <UsedIn uses={saved.used_in} />}
      </main>
      <LeaveDialog dirty={() => dirty && !leaving.current} />
    </div>
  );
}

/** What is wrong inside the form, told from its root. */
function settingsProblems(problems: readonly Trouble[]): Trouble[] {
  return problems
    .filter((each) => each.path[0] !== 'name')
    .map((each) => (each.path[0] === 'settings' ? { ...each, path: each.path.slice(1) } : each));
}

function NameField({ editing }: { editing: Editing }) {
  const id = useId();
  const found = editing.problems.filter((each) => each.path[0] === 'name');
  return (
    <div className="field" data-bad={found.length > 0 || undefined}>
      <label className="field-name" htmlFor={id}>
        {say.name}
      </label>
      <p className="field-hint" id={`${id}-hint`}>
        {say.nameHint}
      </p>
      <input
        id={id}
        className="control"
        autoComplete="off"
        spellCheck={false}
        maxLength={64}
        aria-describedby={`${id}-hint ${id}-bad`}
        aria-invalid={found.length > 0 || undefined}
        value={editing.draft.name}
        onChange={(event) => editing.change({ name: event.currentTarget.value })}
      />
      <Troubles id={`${id}-bad`} found={found} />
    </div>
  );
}

function Ending({ editing, saved }: { editing: Editing; saved: boolean }) {
  const { failure, answer, testing, saving, dirty, theirs } = editing;
  const told = failure && failure.problems.length === 0 && !theirs;
  return (
    <div className="connection-ending">
      <div className="connection-told" role="status">
        {testing ? (
          <span className="connection-untested">{say.testing}</span>
        ) : (
          answer && (
            <>
              <b>{answer.ok ? say.works : say.works_not}</b>
              <TestAnswer check={answer} all />
            </>
          )
        )}
        {told && (
          <b className="connection-failed">
            {failure.message} {failure.fix}
          </b>
        )}
      </div>
      <div className="connection-buttons">
        <Button variant="default" loading={testing} onClick={editing.test}>
          {say.test}
        </Button>
        <Button type="submit" loading={saving} disabled={saved && !dirty}>
          {say.save}
        </Button>
      </div>
    </div>
  );
}

function Conflict({ editing }: { editing: Editing }) {
  if (!editing.theirs) return null;
  return (
    <Banner tone="bad" title={words.conflict.title} text={words.conflict.text}>
      <Button size="xs" variant="default" onClick={editing.takeTheirs}>
        {words.conflict.theirs}
      </Button>
      <Button size="xs" loading={editing.saving} onClick={editing.keepOurs}>
        {words.conflict.ours}
      </Button>
    </Banner>
  );
}
