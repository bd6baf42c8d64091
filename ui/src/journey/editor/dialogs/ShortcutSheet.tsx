/** All keys on one sheet. */

import { Button } from '@mantine/core';
import { words } from '../words';
import { Dialog } from './Dialog';

const say = words.shortcuts;

export function ShortcutSheet({ onClose }: { onClose: () => void }) {
  return (
    <Dialog
      title={say.title}
      size={680}
      onClose={onClose}
      buttons={
        <Button variant="default" onClick={onClose} data-autofocus>
          {say.close}
        </Button>
      }
    >
      <div className="shortcuts">
        {say.groups.map((group) => (
          <section key={group.name}>
            <h3>{group.name}</h3>
            <dl>
              {group.keys.map(([key, what]) => (
                <div key={key}>
                  <dt>{what}</dt>
                  <dd>
                    <kbd>{key}</kbd>
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <p className="dialog-warning">{say.control}</p>
    </Dialog>
  );
}
