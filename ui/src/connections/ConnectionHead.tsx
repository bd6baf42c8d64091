/** The connection's name and channel, and what can be done with it. */

import { IconArrowLeft, IconDots, IconTrash } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { createElement, useState } from 'react';
import type { Channel } from '../form/catalogue';
import { Menu } from '../form/pop/Menu';
import { iconOf } from '../journey/canvas/icons';
import { DeleteDialog } from '../ui/DeleteDialog';
import { type ConnectionDetail, catalogueKey, connectionsKey, deleteConnection } from './queries';
import { words } from './words';

const say = words.page;

interface ConnectionHeadProps {
  saved: ConnectionDetail | null;
  channel: Pick<Channel, 'name' | 'title' | 'icon'>;
  state?: string;
  /** The page is about to be left for good. */
  onLeave?: () => void;
}

export function ConnectionHead({ saved, channel, state, onLeave }: ConnectionHeadProps) {
  return (
    <div className="connection-head">
      <Link to="/connections" className="icon-button" aria-label={say.back} title={say.back}>
        <IconArrowLeft size={18} stroke={1.75} />
      </Link>
      <div>
        <h1>{saved?.name ?? words.new}</h1>
        <p className="connection-channel">
          {createElement(iconOf(channel.icon), { size: 17, stroke: 1.75, 'aria-hidden': true })}
          {channel.title}
          {!saved && <Link to="/new-connection">{say.another}</Link>}
        </p>
      </div>
      {state !== undefined && (
        <p className="connection-state" role="status">
          {state}
        </p>
      )}
      {saved?.source === 'page' && <More name={saved.name} onLeave={onLeave} />}
    </div>
  );
}

function More({ name, onLeave }: { name: string; onLeave?: () => void }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Menu
        className="icon-button"
        name={say.more(name)}
        face={<IconDots size={17} />}
        items={[{ label: say.delete, icon: <IconTrash size={15} />, onDo: () => setAsking(true) }]}
      />
      {asking && (
        <DeleteDialog
          title={words.delete.title(name)}
          text={words.delete.text}
          onClose={() => setAsking(false)}
          onDelete={async () => {
            await deleteConnection(name);
            onLeave?.();
            await navigate({ to: '/connections' });
            client.removeQueries({ queryKey: [...connectionsKey, name] });
            void client.invalidateQueries({ queryKey: connectionsKey, exact: true });
            void client.invalidateQueries({ queryKey: catalogueKey });
          }}
        />
      )}
    </>
  );
}
