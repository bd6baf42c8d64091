/** The part of JSON Schema that forms are drawn from: what pydantic writes for fields, lists, choices and unions. */

import { fieldName, plain, sentence } from '../app/format';
import { words } from './words';

export interface Schema {
  type?: string;
  title?: string;
  description?: string;
  default?: unknown;
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  oneOf?: Schema[];
  discriminator?: { propertyName: string };
  $ref?: string;
  $defs?: Record<string, Schema>;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  multipleOf?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  pattern?: string;
  format?: string;
  nullable?: boolean;
  'x-widget'?: string;
  /** The account knows what there is to choose from. */
  'x-choices'?: boolean;
  /** The words of an `enum`'s values. */
  'x-words'?: Record<string, string>;
}

export type Fields = Record<string, unknown>;

/** How a part is drawn. `fixed` has one possible value and is not shown; `unknown` is a text field of JSON. */
export type Shape =
  | 'widget'
  | 'choice'
  | 'toggle'
  | 'number'
  | 'text'
  | 'list'
  | 'object'
  | 'variant'
  | 'fixed'
  | 'unknown';

const DEEPEST = 6;

/** A part with its `$ref` followed and its `null` alternative taken out; the words next to a `$ref` win. */
export function resolve(schema: Schema, root: Schema): Schema {
  if (schema.$ref) {
    const { $ref, ...own } = schema;
    const target = root.$defs?.[$ref.replace('#/$defs/', '')] ?? {};
    return resolve({ ...target, ...own }, root);
  }
  const real = schema.anyOf?.filter((each) => each.type !== 'null');
  if (schema.anyOf && real?.length === 1 && real[0] && real.length < schema.anyOf.length) {
    const { anyOf, ...own } = schema;
    return resolve({ ...real[0], ...own, nullable: true }, root);
  }
  return schema;
}

/** How a resolved part is drawn; `widgets` are the hints this page knows. */
export function shapeOf(schema: Schema, widgets: readonly string[]): Shape {
  const hint = schema['x-widget'];
  if (hint && widgets.includes(hint.split(':')[0] ?? '')) return 'widget';
  if (schema.const !== undefined) return 'fixed';
  if (schema.enum) return schema.enum.every(isPlain) ? 'choice' : 'unknown';
  if (schema.oneOf) return schema.discriminator ? 'variant' : 'unknown';
  switch (schema.type) {
    case 'boolean':
      return 'toggle';
    case 'number':
    case 'integer':
      return 'number';
    case 'string':
      return 'text';
    case 'array':
      return schema.items ? 'list' : 'unknown';
    case 'object':
      return schema.properties ? 'object' : 'unknown';
    default:
      return 'unknown';
  }
}

/** The alternatives of a discriminated union by the value that picks each. */
export function variants(schema: Schema, root: Schema): Map<string, Schema> {
  const name = schema.discriminator?.propertyName ?? 'kind';
  const found = new Map<string, Schema>();
  for (const each of schema.oneOf ?? []) {
    const alternative = resolve(each, root);
    const tag = alternative.properties?.[name]?.const;
    if (typeof tag === 'string') found.set(tag, alternative);
  }
  return found;
}

/** The smallest value to begin with: defaults where there are any, else empty. */
export function blank(schema: Schema, root: Schema, depth = 0): unknown {
  const part = resolve(schema, root);
  if (part.default !== undefined) return part.default;
  if (part.const !== undefined) return part.const;
  if (part.nullable || depth > DEEPEST) return null;
  if (part.enum) return part.enum[0];
  if (part.format === 'duration') return 'P1D';
  if (part.oneOf) {
    const first = [...variants(part, root).values()][0];
    return first ? blank(first, root, depth + 1) : null;
  }
  switch (part.type) {
    case 'string':
      return '';
    case 'boolean':
      return false;
    case 'number':
    case 'integer':
      return part.minimum ?? (part.exclusiveMinimum === undefined ? 0 : null);
    case 'array':
      return Array.from({ length: part.minItems ?? 0 }, () => blank(part.items ?? {}, root, depth + 1));
    case 'object':
      return blankObject(part, root, depth);
    default:
      return null;
  }
}

function blankObject(part: Schema, root: Schema, depth: number): Fields {
  const fields: Fields = {};
  for (const [name, each] of Object.entries(part.properties ?? {})) {
    const { const: fixed } = resolve(each, root);
    if (fixed !== undefined || part.required?.includes(name)) fields[name] = blank(each, root, depth + 1);
  }
  return fields;
}

/** A field's value, or what the server takes when there is none. */
export function shown(value: unknown, schema: Schema): unknown {
  return value === undefined ? schema.default : value;
}

/** An object's fields, defaults included. */
export function withDefaults(value: Fields, schema: Schema, root: Schema): Fields {
  const full = { ...value };
  for (const [name, each] of Object.entries(schema.properties ?? {})) {
    const standard = resolve(each, root).default;
    if (full[name] === undefined && standard !== undefined) full[name] = standard;
  }
  return full;
}

/** A field's name in words: its title, unless pydantic only made it from the name. */
export function titleOf(name: string, schema: Schema): string {
  const title = schema.title ?? '';
  const made = name
    .split('_')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join(' ');
  // A class's own name is no title either: MemberDate is a member date.
  return title && title !== made && !CLASS_NAME.test(title) ? title : fieldName(name);
}

/** A choice's value in words: the server's, or the value itself made readable. */
export function valueName(value: unknown, schema: Schema): string {
  const name = String(value);
  return schema['x-words']?.[name] ?? words.value[name] ?? sentence(plain(name));
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isPlain(value: unknown): boolean {
  return ['string', 'number', 'boolean'].includes(typeof value) || value === null;
}

const CLASS_NAME = /^[A-Z][a-z0-9]+(?:[A-Z][a-z0-9]+)+$/;
const ID = /^\^\[A-Za-z\]/;

/** Ids of list entries are names for lines and ports, not for people: they are made, kept and never shown. */
export function isMadeId(name: string, schema: Schema): boolean {
  return name === 'id' && schema.type === 'string' && ID.test(schema.pattern ?? '');
}

/** An id that none of the others has. */
export function freshId(prefix: string, taken: readonly unknown[]): string {
  for (let n = taken.length + 1; ; n += 1) {
    const id = `${prefix}_${n}`;
    if (!taken.includes(id)) return id;
  }
}
