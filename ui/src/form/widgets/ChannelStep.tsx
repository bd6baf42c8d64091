/** What the chosen channel wants to know about this step; a message is shown as it arrives. */

import { useMemo } from 'react';
import { useCatalogue } from '../catalogue';
import { type FieldProps, FormContext, useForm } from '../context';
import { Troubles } from '../Frame';
import { JsonField } from '../fields/JsonField';
import { MessagePreview } from '../message/MessagePreview';
import { TestSend } from '../message/TestSend';
import { usePreview } from '../message/usePreview';
import { ObjectFields } from '../ObjectFields';
import { exactly, type Path, type Trouble, within } from '../problems';
import { type Fields, isFields, type Schema } from '../schema';
import { channelOf } from './Channels';

const NOTHING: Fields = {};

export function ChannelStep(props: FieldProps) {
  const { path } = props;
  const catalogue = useCatalogue();
  const { root, problems, inJourney, lookBack, shows } = useForm();
  const connection = connectionOf(props.siblings);
  const channel = catalogue?.channels.find((each) => each.name === channelOf(props.siblings, root));
  const schema = channel?.step_schema as Schema | undefined;
  const value = isFields(props.value) ? props.value : NOTHING;
  const preview = usePreview(channel?.name ?? '', schema, value, channel?.kind === 'message');
  const told = useMemo(
    () => withPreview(problems, preview?.problems ?? [], path).filter((each) => shows(each.path)),
    [problems, preview, path, shows],
  );
  const form = useMemo(
    () => ({ root: schema ?? {}, problems: told, inJourney, lookBack, shows, connection }),
    [schema, told, inJourney, lookBack, shows, connection],
  );
  if (!catalogue) return null;
  if (!schema) return <JsonField {...props} />;
  const unknown = Object.keys(value).filter((name) => !Object.hasOwn(schema.properties ?? {}, name));
  return (
    <FormContext value={form}>
      <section className="channel-step" aria-label={props.title}>
        <Troubles
          found={[...exactly(told, path), ...unknown.flatMap((name) => within(told, [...path, name]))]}
        />
        <ObjectFields schema={schema} value={value} path={path} onChange={props.onChange} />
        {preview && <MessagePreview preview={preview} />}
        {channel && preview?.message && (
          <TestSend
            key={channel.name}
            channel={channel.name}
            connection={connection}
            step={value}
            member={preview.message.member_id}
            ready={preview.current}
          />
        )}
      </section>
    </FormContext>
  );
}

function connectionOf({ connection }: Fields): string {
  return typeof connection === 'string' ? connection : '';
}

/** What the check says of a message it says better than the preview. */
function withPreview(
  problems: readonly Trouble[],
  found: readonly Trouble[],
  path: Path,
): readonly Trouble[] {
  if (within(problems, path).length > 0) return problems;
  return [...problems, ...found.map((each) => ({ ...each, path: [...path, ...each.path] }))];
}
