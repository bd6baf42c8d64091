/** What the chosen channel wants to know about this step. */

import { useMemo } from 'react';
import { useCatalogue } from '../catalogue';
import { type FieldProps, FormContext, useForm } from '../context';
import { Troubles } from '../Frame';
import { JsonField } from '../fields/JsonField';
import { ObjectFields } from '../ObjectFields';
import { exactly, within } from '../problems';
import { isFields, type Schema } from '../schema';
import { channelOf } from './Channels';

export function ChannelStep(props: FieldProps) {
  const catalogue = useCatalogue();
  const { root, problems, inJourney } = useForm();
  const channel = catalogue?.channels.find((each) => each.name === channelOf(props.siblings, root));
  const schema = channel?.step_schema as Schema | undefined;
  const form = useMemo(() => ({ root: schema ?? {}, problems, inJourney }), [schema, problems, inJourney]);
  if (!catalogue) return null;
  if (!channel || !schema) return <JsonField {...props} />;
  const value = isFields(props.value) ? props.value : {};
  const unknown = Object.keys(value).filter((name) => !Object.hasOwn(schema.properties ?? {}, name));
  return (
    <FormContext value={form}>
      <section className="channel-step" aria-label={props.title}>
        <Troubles
          found={[
            ...exactly(problems, props.path),
            ...unknown.flatMap((name) => within(problems, [...props.path, name])),
          ]}
        />
        <ObjectFields schema={schema} value={value} path={props.path} onChange={props.onChange} />
      </section>
    </FormContext>
  );
}
