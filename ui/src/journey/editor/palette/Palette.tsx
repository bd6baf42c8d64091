/** The kinds of steps: dragged onto the canvas, or pressed to be added behind the selection. */

import { useId, useState } from 'react';
import { iconOf } from '../../canvas/icons';
import { kindOf } from '../../view';
import { useCarry } from '../carry';
import { addAfterSelection } from '../commands';
import { useEditor, useKnown } from '../editor';
import { words } from '../words';
import { grouped, matching } from './choices';
import type { Starter } from './starters';
import './palette.css';

const say = words.palette;

export function Palette() {
  const starters = useKnown((state) => state.starters);
  const [wish, setWish] = useState('');
  const found = matching([...starters.values()], wish);
  return (
    <nav className="palette" aria-label={say.label}>
      <input
        type="search"
        className="palette-search"
        placeholder={say.search}
        aria-label={say.search}
        value={wish}
        onChange={(event) => setWish(event.currentTarget.value)}
      />
      {found.length === 0 && starters.size > 0 && <p className="palette-none">{say.none}</p>}
      {grouped(found).map(({ group, items }) => (
        <Group key={group} title={say.group[group]} items={items} />
      ))}
    </nav>
  );
}

function Group({ title, items }: { title: string; items: readonly Starter[] }) {
  const id = useId();
  return (
    <section aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      <ul>
        {items.map((starter) => (
          <li key={starter.type}>
            <Item starter={starter} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Item({ starter }: { starter: Starter }) {
  const editor = useEditor();
  const carry = useCarry({ kind: 'new', type: starter.type });
  const Icon = iconOf(starter.icon);
  return (
    <button
      type="button"
      className="palette-item"
      data-kind={kindOf(starter)}
      data-type={starter.type}
      title={say.hint}
      onPointerDown={carry}
      onClick={() => addAfterSelection(editor, starter.type)}
    >
      <span className="step-icon">
        <Icon size={18} stroke={1.75} />
      </span>
      <span className="palette-words">
        <b>{starter.title}</b>
        <i>{starter.hint}</i>
      </span>
    </button>
  );
}
