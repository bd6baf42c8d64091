/** What changed in settings: each field by its name, as it was and as it is. */

import { useQuery } from '@tanstack/react-query';
import { catalogueQuery } from '../../api/drafting';
import type { DrawnNode } from '../../api/types';
import { fieldName } from '../../app/format';
import { words } from '../../app/words';
import { type Catalogue, schemaOf } from '../../form/catalogue';
import { isFields, resolve, type Schema, titleOf } from '../../form/schema';
import { canonical } from '../graph/changes';
import { Root, Value } from './Settings';
import './changes.css';

const say = words.changed;

interface Setting {
  title: string;
  value: unknown;
  schema: Schema;
  root: Schema;
}

/** What is set differently in a step. */
export function StepChanges({ before, after }: { before: DrawnNode; after: DrawnNode }) {
  const { data: catalogue } = useQuery(catalogueQuery);
  if (!catalogue) return null;
  const named = (node: DrawnNode) =>
    new Map([['', { title: say.name, value: node.name, schema: {}, root: {} }], ...ofStep(node, catalogue)]);
  return <Rows before={named(before)} after={named(after)} />;
}

/** What is set differently for the journey as a whole. */
export function SettingsChanges({ before, after }: { before: object; after: object }) {
  const { data: catalogue } = useQuery(catalogueQuery);
  if (!catalogue) return null;
  const schema = catalogue.settings as Schema;
  return <Rows before={inForm(before, schema)} after={inForm(after, schema)} />;
}

function Rows({ before, after }: { before: Map<string, Setting>; after: Map<string, Setting> }) {
  const keys = [...new Set([...before.keys(), ...after.keys()])];
  const changed = keys.filter(
    (key) => canonical(before.get(key)?.value) !== canonical(after.get(key)?.value),
  );
  return (
    <dl className="setting-changes">
      {changed.map((key) => {
        const [old, now] = [before.get(key), after.get(key)];
        return (
          <div key={key}>
            <dt>{(now ?? old)?.title}</dt>
            <Told name={say.before} tone="before" setting={old} />
            <Told name={say.after} tone="after" setting={now} />
          </div>
        );
      })}
    </dl>
  );
}

function Told({ name, tone, setting }: { name: string; tone: string; setting: Setting | undefined }) {
  const none = setting === undefined || setting.value === null || setting.value === '';
  return (
    <dd data-tone={tone}>
      <small>{name}</small>
      <div>
        {none ? (
          words.inspector.nothing
        ) : (
          <Root value={setting.root}>
            <Value value={setting.value} schema={setting.schema} />
          </Root>
        )}
      </div>
    </dd>
  );
}

/** A step's settings by where they are; those of its channel are named by the channel. */
function ofStep({ type, data }: DrawnNode, catalogue: Catalogue): Map<string, Setting> {
  const { step, ...own } = data;
  const channel = catalogue.channels.find((each) => each.name === data.channel);
  const schema = schemaOf(catalogue, type) ?? {};
  if (!channel || !isFields(step)) return inForm(data, schema);
  return new Map([...inForm(own, schema), ...inForm(step, channel.step_schema as Schema, 'step.')]);
}

function inForm(data: object, root: Schema, under = ''): Map<string, Setting> {
  return new Map(
    Object.entries(data).map(([name, value]) => {
      const schema = resolve(root.properties?.[name] ?? {}, root);
      const title = root.properties?.[name] ? titleOf(name, schema) : fieldName(name);
      return [`${under}${name}`, { title, value, schema, root }];
    }),
  );
}
