/** A step's settings to read, whatever its type: names and values as a definition list, lists and rules inside. */

import type { ReactNode } from 'react';
import { duration, fieldName, number, plain, sentence } from '../../app/format';
import { words } from '../../app/words';

type Fields = Record<string, unknown>;

/** Longer texts, and those of several lines, are shown as they were written. */
const LONG = 120;

export function Settings({ data }: { data: Fields }) {
  const entries = Object.entries(data).filter(([, value]) => value !== null && value !== undefined);
  if (entries.length === 0) return <p className="settings-none">{words.inspector.noSettings}</p>;
  return (
    <dl className="settings">
      {entries.map(([name, value]) => (
        <div key={name} data-wide={isWide(value) || undefined}>
          <dt>{fieldName(name)}</dt>
          <dd>{show(value)}</dd>
        </div>
      ))}
    </dl>
  );
}

function show(value: unknown): ReactNode {
  if (Array.isArray(value))
    return value.every(isScalar) ? value.map(scalar).join(', ') : <List items={value} />;
  if (isFields(value)) return isFlat(value) ? <Phrase fields={value} /> : <Nested fields={value} />;
  if (typeof value === 'string' && isLong(value)) return <Written text={value} />;
  return scalar(value);
}

function List({ items }: { items: unknown[] }) {
  return (
    <ul className="settings-list">
      {items.map((item, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the list is only read
        <li key={i}>{show(item)}</li>
      ))}
    </ul>
  );
}

/** Few plain fields in one line, the kind first: `score, category bread, low 0.7`. */
function Phrase({ fields }: { fields: Fields }) {
  const { kind, ...rest } = fields;
  return (
    <span className="phrase">
      {typeof kind === 'string' && <b>{sentence(plain(kind))}</b>}
      {Object.entries(rest).map(([name, value]) => (
        <span key={name}>
          <i>{plain(name)}</i> {show(value)}
        </span>
      ))}
    </span>
  );
}

function Nested({ fields }: { fields: Fields }) {
  const { kind, ...rest } = fields;
  if (typeof kind === 'string' && Array.isArray(rest.of)) return <Group kind={kind} parts={rest.of} />;
  return (
    <div className="nested">
      {typeof kind === 'string' && <b>{sentence(plain(kind))}</b>}
      <Settings data={rest} />
    </div>
  );
}

/** Conditions put together: all of them, or any. */
function Group({ kind, parts }: { kind: string; parts: unknown[] }) {
  return (
    <div className="nested">
      <b>{words.inspector.group(sentence(plain(kind)))}</b>
      <List items={parts} />
    </div>
  );
}

function Written({ text }: { text: string }) {
  // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
  return <pre tabIndex={0}>{text.trim()}</pre>;
}

function scalar(value: unknown): string {
  if (typeof value === 'number') return number(value);
  if (typeof value === 'boolean') return value ? words.inspector.yes : words.inspector.no;
  if (typeof value === 'string') return duration(value) ?? (value || words.inspector.nothing);
  return String(value);
}

function isScalar(value: unknown): boolean {
  return value === null || typeof value !== 'object';
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
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
  if (typeof value === 'string') return value.length > 26;
  return isFields(value) ? Object.keys(value).length > 1 : typeof value === 'object';
}
