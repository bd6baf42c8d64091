/** One connection, or a new one: first its channel, then its form. */

import { useQuery } from '@tanstack/react-query';
import { Link, useParams, useSearch } from '@tanstack/react-router';
import { createElement } from 'react';
import { catalogueQuery } from '../api/drafting';
import { TopBar } from '../app/shell/TopBar';
import type { Catalogue } from '../form/catalogue';
import { iconOf } from '../journey/canvas/icons';
import { PageHead } from '../ui/DataPage';
import { Elsewhere } from '../ui/Elsewhere';
import { usePageTitle } from '../ui/usePageTitle';
import { ConnectionEditor } from './ConnectionEditor';
import { FixedConnection } from './FixedConnection';
import { connectionQuery } from './queries';
import { words } from './words';
import '../audience/builder/tokens.css';
import '../ui/page.css';
import './connections.css';

const say = words.page;

export function ConnectionPage() {
  const { name } = useParams({ from: '/connections/$name' });
  const connection = useQuery(connectionQuery(name));
  const catalogue = useQuery(catalogueQuery);
  usePageTitle(name);
  const saved = connection.data;
  if (!saved || !catalogue.data) {
    const again = () => Promise.all([connection.refetch(), catalogue.refetch()]);
    const error = connection.error ?? catalogue.error;
    return <Elsewhere title={name} error={error} say={say} list="/connections" onRetry={again} />;
  }
  const channel = catalogue.data.channels.find((each) => each.name === saved.channel);
  if (!channel || saved.source === 'file') return <FixedConnection saved={saved} channel={channel} />;
  return <ConnectionEditor key={name} saved={saved} channel={channel} />;
}

export function NewConnectionPage() {
  const { channel: wanted } = useSearch({ from: '/new-connection' });
  const { data, error, refetch } = useQuery(catalogueQuery);
  usePageTitle(words.new);
  if (!data) {
    return <Elsewhere title={words.new} error={error} say={say} list="/connections" onRetry={refetch} />;
  }
  const channel = data.channels.find((each) => each.name === wanted);
  if (!channel) return <Choice catalogue={data} />;
  return <ConnectionEditor key={wanted} saved={null} channel={channel} name={freeName(channel.name, data)} />;
}

/** What a new connection is called at first: `smtp`, then `smtp-2`. */
function freeName(channel: string, { connections }: Catalogue): string {
  const name = channel.split('.').at(-1) ?? channel;
  const taken = (each: string) => connections.some((connection) => connection.name === each);
  for (let n = 1; ; n += 1) {
    const each = n === 1 ? name : `${name}-${n}`;
    if (!taken(each)) return each;
  }
}

function Choice({ catalogue }: { catalogue: Catalogue }) {
  return (
    <div className="page">
      <TopBar />
      <main id="content" className="page-body connection">
        <PageHead title={words.new} text={say.which} />
        <ul className="connection-channels">
          {catalogue.channels.map((each) => (
            <li key={each.name}>
              <Link to="/new-connection" search={{ channel: each.name }}>
                {createElement(iconOf(each.icon), { size: 22, stroke: 1.6, 'aria-hidden': true })}
                <span>
                  <b>{each.title}</b>
                  {say.kind[each.kind]}
                </span>
              </Link>
            </li>
          ))}
        </ul>
      </main>
    </div>
  );
}
