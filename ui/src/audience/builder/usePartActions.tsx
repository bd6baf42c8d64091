/** What can be done with a part of a rule, from its menu and by keys. */

import { IconArrowDown, IconArrowUp, IconCopy, IconSwitch, IconTrash } from '@tabler/icons-react';
import type { KeyboardEvent } from 'react';
import type { MenuItem } from '../../form/pop/Menu';
import { at, duplicate, fits, level, move, negate, type Path, remove, slotOf } from '../ast';
import { useBuilder } from '../context';
import { isGroup } from '../rule';
import { words } from '../words';

const say = words.row;

interface PartActions {
  items: MenuItem[];
  remove: () => void;
  onKeyDown: (event: KeyboardEvent) => void;
}

export function usePartActions(path: Path, negated: boolean): PartActions {
  const { root, apply } = useBuilder();
  const slot = slotOf(path);
  const up = slot && move(root, path, -1);
  const down = slot && move(root, path, 1);
  const go = (moved: typeof up) =>
    moved && apply(moved.rule, innerOf(moved.path, path, slot?.path), say.moved);
  const drop = () => apply(remove(root, path), slot ? afterRemoval(root, slot) : [], say.removed);
  const copy = () => apply(duplicate(root, path), slot ? [...slot.group, 'of', slot.index + 1] : undefined);
  const part = slot && at(root, slot.path);
  const canNegate = negated || (part && fits({ kind: 'not', rule: part }, level(slot.path)));
  const items: MenuItem[] = [
    {
      label: negated ? say.unnegate : say.negate,
      icon: <IconSwitch size={15} />,
      disabled: !canNegate,
      onDo: () => apply(negate(root, path)),
    },
    { label: say.duplicate, icon: <IconCopy size={15} />, onDo: copy },
    { label: say.up, icon: <IconArrowUp size={15} />, keys: 'Alt ↑', disabled: !up, onDo: () => go(up) },
    {
      label: say.down,
      icon: <IconArrowDown size={15} />,
      keys: 'Alt ↓',
      disabled: !down,
      onDo: () => go(down),
    },
    { label: say.removeShort, icon: <IconTrash size={15} />, onDo: drop },
  ];
  const onKeyDown = (event: KeyboardEvent) => {
    if (!event.altKey || event.defaultPrevented) return;
    if (event.key === 'ArrowUp') go(up);
    else if (event.key === 'ArrowDown') go(down);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return { items, remove: drop, onKeyDown };
}

/** The path of what stands inside the `not`s of a moved slot. */
function innerOf(moved: Path, path: Path, slot: Path | undefined): Path {
  return [...moved, ...path.slice(slot?.length ?? path.length)];
}

/** The part that takes the removed one's place, or the one before it, or the group's buttons. */
function afterRemoval(root: Parameters<typeof at>[0], slot: { group: Path; index: number }): Path {
  const group = at(root, slot.group);
  const left = group && isGroup(group) ? group.of.length - 1 : 0;
  if (left === 0) return slot.group;
  return [...slot.group, 'of', Math.min(slot.index, left - 1)];
}
