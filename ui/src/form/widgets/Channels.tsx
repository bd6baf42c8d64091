/** Which channel, and by which of its connections. */

import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { catalogueQuery } from '../../api/drafting';
import { type Catalogue, useCatalogue } from '../catalogue';
import { type FieldProps, useForm } from '../context';
import { Frame } from '../Frame';
import { type Fields, resolve, type Schema } from '../schema';
import { words } from '../words';

const CHANNEL = 'channel:';

/** Channels of the kind named after the colon; another channel takes its only connection with it. */
export function ChannelWidget({ schema, value, path, title, siblings, patch }: FieldProps) {
  const catalogue = useCatalogue();
  const kind = (schema['x-widget'] ?? '').slice(CHANNEL.length);
  const channels = catalogue?.channels.filter((each) => !kind || each.kind === kind) ?? [];
  const name = typeof value === 'string' ? value : '';
  const choose = (next: string) =>
    patch({ [String(path.at(-1))]: next, ...onlyConnection(catalogue, next, siblings) });
  return (
    <Frame title={title} schema={schema} path={path}>
      {(tied) => (
        <>
          <select
            {...tied}
            className="control"
            value={name}
            onChange={(event) => choose(event.currentTarget.value)}
          >
            {!channels.some((each) => each.name === name) && (
              <option value={name}>{name ? words.channel.gone(name) : words.choose}</option>
            )}
            {channels.map((each) => (
              <option key={each.name} value={each.name}>
                {each.title}
              </option>
            ))}
          </select>
          {catalogue && channels.length === 0 && <p className="field-hint">{words.channel.none}</p>}
        </>
      )}
    </Frame>
  );
}

function onlyConnection(catalogue: Catalogue | undefined, channel: string, siblings: Fields): Fields {
  if (!('connection' in siblings)) return {};
  const fitting = catalogue?.connections.filter((each) => each.channel === channel) ?? [];
  if (fitting.some((each) => each.name === siblings.connection)) return {};
  return { connection: fitting.length === 1 ? fitting[0]?.name : '' };
}

export function ConnectionWidget({ schema, value, path, title, siblings, onChange }: FieldProps) {
  const catalogue = useCatalogue();
  const { root } = useForm();
  const channel = channelOf(siblings, root);
  const fitting = catalogue?.connections.filter((each) => each.channel === channel) ?? [];
  const name = typeof value === 'string' ? value : '';
  return (
    <Frame title={title} schema={schema} path={path}>
      {(tied) => (
        <>
          <select
            {...tied}
            className="control"
            value={name}
            onChange={(event) => onChange(event.currentTarget.value)}
          >
            {!fitting.some((each) => each.name === name) && (
              <option value={name}>
                {name && catalogue ? words.connection.gone(name) : name || words.choose}
              </option>
            )}
            {fitting.map((each) => (
              <option key={each.name} value={each.name}>
                {each.name}
              </option>
            ))}
          </select>
          {catalogue && fitting.length === 0 && (
            <p className="field-hint">
              {channel ? <NoConnection channel={channel} /> : words.connection.first}
            </p>
          )}
        </>
      )}
    </Frame>
  );
}

/** The way to make one, next to this page; coming back asks what there is now. */
function NoConnection({ channel }: { channel: string }) {
  useQuery({ ...catalogueQuery, refetchOnWindowFocus: 'always' });
  return (
    <>
      {words.connection.none}{' '}
      <Link to="/new-connection" search={{ channel }} target="_blank">
        {words.connection.make}
      </Link>
    </>
  );
}

/** The channel chosen next to a field: the sibling whose widget is a channel, or the one so named. */
export function channelOf(siblings: Fields, root: Schema): string {
  const named = Object.entries(root.properties ?? {}).find(([, part]) =>
    resolve(part, root)['x-widget']?.startsWith(CHANNEL),
  );
  const value = siblings[named?.[0] ?? 'channel'];
  return typeof value === 'string' ? value : '';
}
