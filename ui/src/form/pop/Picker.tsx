/** A button that opens a searchable list in groups. */

import {
  type KeyboardEvent,
  type ReactNode,
  useEffect,
  useId,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import { words } from '../words';
import { Pop, takeFocus } from './Pop';

export interface PickOption {
  value: string;
  label: string;
  /** More about it, small, at the end of the line. */
  hint?: string;
}

export interface PickGroup {
  title: string;
  options: PickOption[];
}

interface PickerProps {
  groups: readonly PickGroup[];
  face: ReactNode;
  name?: string;
  className?: string;
  search?: string;
  disabled?: boolean;
  value?: string;
  onPick: (value: string) => void;
}

export function Picker({ groups, search, value, onPick, ...button }: PickerProps) {
  return (
    <Pop kind="dialog" {...button}>
      {(close) => (
        <Choices
          groups={groups}
          search={search ?? words.picker.search}
          value={value}
          onPick={(picked) => {
            close();
            onPick(picked);
          }}
        />
      )}
    </Pop>
  );
}

interface ChoicesProps {
  groups: readonly PickGroup[];
  search: string;
  value?: string;
  onPick: (value: string) => void;
}

function Choices({ groups, search, value, onPick }: ChoicesProps) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const [text, setText] = useState('');
  const [active, setActive] = useState(0);
  const found = filtered(groups, text);
  const flat = found.flatMap((group) => group.options);
  useLayoutEffect(() => takeFocus(input.current), []);
  useEffect(() => {
    list.current?.querySelector(`[data-at="${active}"]`)?.scrollIntoView({ block: 'nearest' });
  }, [active]);
  const onKeyDown = (event: KeyboardEvent) => {
    const last = flat.length - 1;
    const next = { ArrowDown: Math.min(last, active + 1), ArrowUp: Math.max(0, active - 1) }[event.key];
    const picked = flat[active];
    if (next !== undefined) setActive(next);
    else if (event.key === 'Enter' && picked) onPick(picked.value);
    else return;
    event.preventDefault();
  };
  return (
    <>
      <input
        ref={input}
        className="pop-search"
        role="combobox"
        aria-label={search}
        aria-expanded="true"
        aria-controls={`${id}-list`}
        aria-activedescendant={flat[active] ? `${id}-${active}` : undefined}
        aria-autocomplete="list"
        placeholder={search}
        autoComplete="off"
        data-mantine-stop-propagation
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setActive(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div ref={list} className="pop-list" role="listbox" id={`${id}-list`} aria-label={search} tabIndex={-1}>
        <Groups id={id} groups={found} active={active} value={value} onPick={onPick} />
      </div>
      {flat.length === 0 && <p className="pop-nothing">{words.picker.nothing}</p>}
    </>
  );
}

interface GroupsProps {
  id: string;
  groups: readonly PickGroup[];
  active: number;
  value?: string;
  onPick: (value: string) => void;
}

function Groups({ id, groups, active, value, onPick }: GroupsProps) {
  let at = -1;
  return groups.map((group) => (
    // biome-ignore lint/a11y/useSemanticElements: a group of options, not of fields
    <div key={group.title} role="group" aria-label={group.title}>
      <p aria-hidden="true">{group.title}</p>
      {group.options.map((option) => {
        at += 1;
        return (
          <Choice
            key={option.value}
            id={`${id}-${at}`}
            at={at}
            option={option}
            active={at === active}
            chosen={option.value === value}
            onPick={onPick}
          />
        );
      })}
    </div>
  ));
}

interface ChoiceProps {
  id: string;
  at: number;
  option: PickOption;
  active: boolean;
  chosen: boolean;
  onPick: (value: string) => void;
}

function Choice({ id, at, option, active, chosen, onPick }: ChoiceProps) {
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the search field keeps the focus and moves through the options
    // biome-ignore lint/a11y/useKeyWithClickEvents: Enter in the search field picks
    <div
      id={id}
      role="option"
      aria-selected={chosen}
      data-at={at}
      data-active={active || undefined}
      onClick={() => onPick(option.value)}
    >
      {option.label}
      {option.hint && <em>{option.hint}</em>}
    </div>
  );
}

function filtered(groups: readonly PickGroup[], text: string): PickGroup[] {
  const wanted = plainOf(text).split(' ').filter(Boolean);
  return groups
    .map((group) => ({
      ...group,
      options: group.options.filter((option) => {
        const said = plainOf(`${option.label} ${option.value} ${group.title}`);
        return wanted.every((word) => said.includes(word));
      }),
    }))
    .filter((group) => group.options.length > 0);
}

function plainOf(text: string): string {
  return text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase().replaceAll('_', ' ');
}
