/** The keys that seal the secrets of connections, and whether they open all of them. */

import { IconCircleCheck } from '@tabler/icons-react';
import { Wrong } from '../ui/Wrong';
import type { Workspace } from './SettingsPage';
import { words } from './words';

const say = words.keys;

export function Keys({ keys }: { keys: Workspace['keys'] }) {
  const { source, file, count, sealed, older, unreadable, problem } = keys;
  return (
    <section className="sheet" aria-labelledby="settings-keys" data-keys={source}>
      <h2 id="settings-keys">{say.title}</h2>
      <p className="settings-about">
        {count > 0 && `${say.count(count)} · `}
        {say.source[source]} {source === 'file' && <code>{file}</code>}
      </p>
      <p className="settings-about">{sealed > 0 ? say.sealed(sealed) : say.none}.</p>
      {problem && <Wrong text={problem} />}
      {unreadable > 0 && <Wrong text={say.unreadable(unreadable)} />}
      {older > 0 && <Wrong text={say.older(older)} severity="warning" />}
      {sealed > 0 && !problem && unreadable === 0 && (
        <p className="settings-good">
          <IconCircleCheck size={16} stroke={1.75} aria-hidden="true" />
          {say.good}
        </p>
      )}
    </section>
  );
}
