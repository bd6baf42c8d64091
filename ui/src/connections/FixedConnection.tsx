/** A connection that cannot be changed here: one from the file, or of a channel that is not installed. */

import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { TopBar } from '../app/shell/TopBar';
import { words as app } from '../app/words';
import type { Channel } from '../form/catalogue';
import { resolve, type Schema, shown, titleOf, valueName } from '../form/schema';
import { Prose } from '../ui/Prose';
import { Wrong } from '../ui/Wrong';
import { ConnectionHead } from './ConnectionHead';
import { type ConnectionDetail, connectionsKey, formOf, testSaved } from './queries';
import { TestAnswer } from './TestAnswer';
import { UsedIn } from './UsedIn';
import { words } from './words';

const say = words.page;

export function FixedConnection({ saved, channel }: { saved: ConnectionDetail; channel?: Channel }) {
  const client = useQueryClient();
  const test = useMutation({
    mutationFn: () => testSaved(saved.name),
    onSettled: () => client.invalidateQueries({ queryKey: connectionsKey }),
  });
  const schema = channel ? formOf(channel) : {};
  const about = channel ? say.fromFile : say.gone(saved.channel);
  return (
    <div className="page">
      <TopBar />
      <main id="content" className="page-body connection">
        <ConnectionHead saved={saved} channel={channel ?? { ...saved, name: saved.channel }} />
        <section className="sheet connection-form" aria-labelledby="connection-account">
          <h2 id="connection-account">{say.settings}</h2>
          <p className="connection-about">
            <Prose text={about} />
          </p>
          {saved.problem && <Wrong text={saved.problem} severity="warning" />}
          <dl className="facts">
            {Object.entries(schema.properties ?? {}).map(([name, part]) => (
              <Fact key={name} name={name} part={resolve(part, schema)} saved={saved} />
            ))}
          </dl>
          {channel && (
            <div className="connection-ending">
              <div className="connection-told" role="status">
                {test.isPending ? say.testing : <TestAnswer check={saved.last_check} all />}
              </div>
              <Button variant="default" loading={test.isPending} onClick={() => test.mutate()}>
                {say.test}
              </Button>
            </div>
          )}
        </section>
        <UsedIn uses={saved.used_in} />
      </main>
    </div>
  );
}

function Fact({ name, part, saved }: { name: string; part: Schema; saved: ConnectionDetail }) {
  return (
    <>
      <dt>{titleOf(name, part)}</dt>
      <dd>{factOf(name, part, saved)}</dd>
    </>
  );
}

function factOf(name: string, part: Schema, saved: ConnectionDetail) {
  const secret = saved.secrets[name];
  if (secret) return secret.reference ? <code>{secret.reference}</code> : secretState(secret.is_set);
  const value = shown(saved.settings[name], part);
  if (value === undefined || value === null || value === '') return say.nothing;
  if (typeof value === 'boolean') return value ? app.inspector.yes : app.inspector.no;
  if (part.enum) return valueName(value, part);
  return typeof value === 'string' || typeof value === 'number' ? String(value) : JSON.stringify(value);
}

function secretState(isSet: boolean): string {
  return isSet ? say.secretSet : say.secretNone;
}
