/** A list of entries that are added, removed and moved. */

import { ActionIcon, Button } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconPlus, IconTrash } from '@tabler/icons-react';
import { type FieldProps, useForm } from '../context';
import { Field } from '../Field';
import { Frame, Troubles } from '../Frame';
import { exactly, within } from '../problems';
import { blank, type Fields, freshId, isFields, isMadeId, resolve, type Schema, titleOf } from '../schema';
import { words } from '../words';

export function ListField({ schema, value, path, title, onChange }: FieldProps) {
  const { root } = useForm();
  const items = Array.isArray(value) ? value : [];
  const item = resolve(schema.items ?? {}, root);
  const noun = nounOf(item);
  const put = (index: number, next: unknown) => onChange(items.map((old, i) => (i === index ? next : old)));
  const least = schema.minItems ?? 0;
  const most = schema.maxItems ?? Number.POSITIVE_INFINITY;
  return (
    <Frame title={title} schema={schema} path={path} group shallow>
      {() => (
        <>
          {items.length === 0 && <p className="field-hint">{words.list.empty}</p>}
          <ol className="entries">
            {items.map((each, i) => (
              <li key={keyOf(each, i)} className="entry">
                <EntryHead
                  name={words.list.numbered(noun, i + 1)}
                  first={i === 0}
                  last={i === items.length - 1}
                  fixed={items.length <= least}
                  onMove={(by) => onChange(moved(items, i, i + by))}
                  onRemove={() => onChange(items.filter((_, at) => at !== i))}
                />
                <Field
                  name={String(i)}
                  schema={item}
                  value={each}
                  path={[...path, i]}
                  title={words.list.numbered(noun, i + 1)}
                  bare
                  required
                  siblings={{}}
                  patch={() => undefined}
                  onChange={(next) => put(i, next)}
                />
                <HiddenTroubles item={item} path={[...path, i]} />
              </li>
            ))}
          </ol>
          <Button
            variant="default"
            size="xs"
            leftSection={<IconPlus size={14} />}
            disabled={items.length >= most}
            onClick={() => onChange([...items, fresh(item, root, items, String(path.at(-1)))])}
          >
            {words.list.add(noun.toLowerCase())}
          </Button>
        </>
      )}
    </Frame>
  );
}

interface EntryHeadProps {
  name: string;
  first: boolean;
  last: boolean;
  fixed: boolean;
  onMove: (by: number) => void;
  onRemove: () => void;
}

function EntryHead({ name, first, last, fixed, onMove, onRemove }: EntryHeadProps) {
  return (
    <div className="entry-head">
      <span>{name}</span>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="sm"
        disabled={first}
        aria-label={words.list.up(name)}
        onClick={() => onMove(-1)}
      >
        <IconArrowUp size={15} />
      </ActionIcon>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="sm"
        disabled={last}
        aria-label={words.list.down(name)}
        onClick={() => onMove(1)}
      >
        <IconArrowDown size={15} />
      </ActionIcon>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="sm"
        disabled={fixed}
        aria-label={words.list.remove(name)}
        onClick={onRemove}
      >
        <IconTrash size={15} />
      </ActionIcon>
    </div>
  );
}

/** What is wrong with an entry as a whole, or with its id, which is not shown. */
function HiddenTroubles({ item, path }: { item: Schema; path: FieldProps['path'] }) {
  const { problems } = useForm();
  if (item.type !== 'object') return null;
  return <Troubles found={[...exactly(problems, path), ...within(problems, [...path, 'id'])]} />;
}

function fresh(item: Schema, root: Schema, others: unknown[], list: string): unknown {
  const made = blank(item, root);
  if (!isFields(made)) return made;
  const fields: Fields = { ...made };
  const noun = nounOf(item);
  for (const [name, part] of Object.entries(item.properties ?? {})) {
    if (isMadeId(name, part)) fields[name] = freshId(list, others.map(idOf));
    if (name === 'label') fields[name] = words.list.numbered(noun, others.length + 1);
  }
  return fields;
}

function nounOf(item: Schema): string {
  return item.type === 'object' && item.title ? titleOf(plainName(item.title), item) : words.list.item;
}

function idOf(entry: unknown): unknown {
  return isFields(entry) ? entry.id : undefined;
}

function keyOf(entry: unknown, index: number): string {
  const id = idOf(entry);
  return typeof id === 'string' && id ? id : String(index);
}

function moved(items: unknown[], from: number, to: number): unknown[] {
  const rest = items.filter((_, i) => i !== from);
  return [...rest.slice(0, to), items[from], ...rest.slice(to)];
}

/** ExitRule as exit_rule: what a class is called, as a field would be. */
function plainName(title: string): string {
  return title.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();
}
