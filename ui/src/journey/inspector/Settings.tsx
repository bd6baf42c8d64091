/** A step's settings to read, under the names its form has: a definition list, lists and rules inside. */

import { useQuery } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext } from 'react';
import { catalogueQuery } from '../../api/drafting';
import { duration, fieldName, number, plain, sentence } from '../../app/format';
import { words } from '../../app/words';
import { isGroup, isRule, type Rule, readRule } from '../../audience/rule';
import { useRuleText } from '../../audience/useRuleText';
import { words as audienceWords } from '../../audience/words';
import { schemaOf } from '../../form/catalogue';
import { isFields, resolve, type Schema, titleOf, valueName, variants } from '../../form/schema';

type Fields = Record<string, unknown>;

/** Longer texts, and those of several lines, are shown as they were written. */
const LONG = 120;
const NONE: Schema = {};
/** The schema that references lead into. */
export const Root = createContext(NONE);

interface StepSettingsProps {
  type: string;
  data: Fields;
}

/** The settings of a step; a channel's own are named by the channel. */
export function StepSettings({ type, data }: StepSettingsProps) {
  const { data: catalogue } = useQuery(catalogueQuery);
  const schema = (catalogue && schemaOf(catalogue, type)) ?? NONE;
  const channel = catalogue?.channels.find((each) => each.name === data.channel);
  const { step, ...own } = data;
  if (!channel || !isFields(step)) return <Settings data={data} schema={schema} root={schema} />;
  const form = channel.step_schema as Schema;
  return (
    <>
      <Settings data={{ ...own, channel: channel.title }} schema={schema} root={schema} />
      <Settings data={step} schema={form} root={form} />
    </>
  );
}

interface SettingsProps {
  data: Fields;
  schema: Schema;
  root: Schema;
}

function Settings({ data, schema, root }: SettingsProps) {
  const entries = Object.entries(data).filter(([, value]) => value !== null && value !== undefined);
  if (entries.length === 0) return <p className="settings-none">{words.inspector.noSettings}</p>;
  return (
    <Root value={root}>
      <dl className="settings">
        {entries.map(([name, value]) => {
          const part = resolve(schema.properties?.[name] ?? NONE, root);
          return (
            <div key={name} data-wide={isWide(value) || undefined}>
              <dt>{schema.properties?.[name] ? titleOf(name, part) : fieldName(name)}</dt>
              <dd>
                <Value value={value} schema={part} />
              </dd>
            </div>
          );
        })}
      </dl>
    </Root>
  );
}

interface ValueProps {
  value: unknown;
  schema: Schema;
}

/** One setting as it is read. */
export function Value({ value, schema }: ValueProps): ReactNode {
  const root = useContext(Root);
  if (isRule(value)) return <RuleText rule={readRule(value)} />;
  if (Array.isArray(value))
    return value.every(isScalar) ? (
      value.map((each) => scalar(each, schema)).join(', ')
    ) : (
      <List items={value} schema={resolve(schema.items ?? NONE, root)} />
    );
  if (isFields(value)) return <Nested fields={value} schema={schema} />;
  if (typeof value === 'string' && isLong(value)) return <Written text={value} />;
  return scalar(value, schema);
}

function List({ items, schema }: { items: unknown[]; schema: Schema }) {
  return (
    <ul className="settings-list">
      {items.map((item, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the list is only read
        <li key={i}>
          <Value value={item} schema={schema} />
        </li>
      ))}
    </ul>
  );
}

/** Conditions put together: all of them, or any; one alone is a sentence. */
function RuleText({ rule }: { rule: Rule }) {
  const text = useRuleText();
  if (!isGroup(rule) || rule.of.length < 2) return sentence(text(rule));
  return (
    <div className="nested">
      <b>{audienceWords.group[rule.kind]}</b>
      <ul className="settings-list">
        {rule.of.map((part, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the list is only read
          <li key={i}>
            <RuleText rule={part} />
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Fields inside a field: few plain ones in one line, the kind first. */
function Nested({ fields, schema }: { fields: Fields; schema: Schema }) {
  const root = useContext(Root);
  const { kind, ...rest } = fields;
  const form = typeof kind === 'string' ? (variants(schema, root).get(kind) ?? schema) : schema;
  const head = typeof kind === 'string' && <b>{form.title ? titleOf(kind, form) : sentence(plain(kind))}</b>;
  if (!isFlat(fields))
    return (
      <div className="nested">
        {head}
        <Settings data={rest} schema={form} root={root} />
      </div>
    );
  return (
    <span className="phrase">
      {head}
      {Object.entries(rest).map(([name, value]) => (
        <span key={name}>
          <i>{form.properties?.[name] ? titleOf(name, form.properties[name]) : fieldName(name)}</i>{' '}
          <Value value={value} schema={form.properties?.[name] ?? NONE} />
        </span>
      ))}
    </span>
  );
}

function Written({ text }: { text: string }) {
  // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
  return <pre tabIndex={0}>{text.trim()}</pre>;
}

function scalar(value: unknown, schema: Schema): string {
  if (typeof value === 'number') return number(value);
  if (typeof value === 'boolean') return value ? words.inspector.yes : words.inspector.no;
  if (schema.enum) return valueName(value, schema);
  if (typeof value === 'string') return duration(value) ?? (value || words.inspector.nothing);
  return String(value);
}

function isScalar(value: unknown): boolean {
  return value === null || typeof value !== 'object';
}

function isFlat(fields: Fields): boolean {
  const values = Object.values(fields);
  const plainValues = values.every(
    (value) => isScalar(value) || (Array.isArray(value) && value.every(isScalar)),
  );
  return plainValues && values.length <= 5 && JSON.stringify(fields).length < LONG;
}

function isLong(text: string): boolean {
  return text.length > LONG || text.includes('\n');
}

/** Values that need the whole width stand below their name. */
function isWide(value: unknown): boolean {
  if (isRule(value)) return true;
  if (typeof value === 'string') return value.length > 26;
  return isFields(value) ? Object.keys(value).length > 1 : typeof value === 'object';
}
