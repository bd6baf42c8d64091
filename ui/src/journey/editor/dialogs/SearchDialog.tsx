/** Go to a step, or do something, by typing what it is called. */

import { Modal } from '@mantine/core';
import {
  IconAdjustments,
  IconArrowBackUp,
  IconArrowForwardUp,
  IconChartHistogram,
  IconKeyboard,
  IconListTree,
  IconMaximize,
  IconPlus,
  IconSend,
} from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { iconOf } from '../../canvas/icons';
import { kindOf } from '../../view';
import * as commands from '../commands';
import { type Editor, useEditor } from '../editor';
import { type Choice, ChoiceList } from '../palette/ChoiceList';
import { matching } from '../palette/choices';
import { words } from '../words';

const say = words.search;

interface Action extends Choice {
  act: () => void;
}

export function SearchDialog({ onClose }: { onClose: () => void }) {
  const editor = useEditor();
  const navigate = useNavigate();
  const toNew = () => void navigate({ to: '/new' });
  const all = [...stepsOf(editor), ...addsOf(editor), ...actionsOf(editor, toNew)];
  return (
    <Modal.Root opened onClose={onClose} yOffset="12vh" radius={18} size={520} returnFocus={false}>
      <Modal.Overlay />
      <Modal.Content className="dialog search-dialog" aria-label={say.label}>
        <ChoiceList
          label={say.label}
          placeholder={say.placeholder}
          none={say.none}
          choices={(wish) => matching(all, wish)}
          onTake={(key) => {
            onClose();
            all.find((action) => action.key === key)?.act();
          }}
        />
      </Modal.Content>
    </Modal.Root>
  );
}

function stepsOf(editor: Editor): Action[] {
  return Object.entries(editor.faces()).map(([id, face]) => ({
    key: `step ${id}`,
    group: say.steps,
    title: face.name,
    hint: face.summary,
    kind: kindOf(face),
    icon: iconFor(face.icon),
    act: () => commands.show(editor, id),
  }));
}

function iconFor(name: string) {
  const Icon = iconOf(name);
  return <Icon size={18} stroke={1.75} />;
}

function addsOf(editor: Editor): Action[] {
  return [...editor.known.getState().starters.values()].map(({ type, title, hint, icon, group }) => ({
    key: `add ${type}`,
    group: say.actions,
    title: words.palette.add(title),
    hint,
    kind: kindOf({ icon, group }),
    icon: <IconPlus size={18} stroke={1.75} />,
    act: () => commands.addAfterSelection(editor, type),
  }));
}

function actionsOf(editor: Editor, toNew: () => void): Action[] {
  const { intent } = editor.draft.store.getState();
  const next = editor.draft.history.getState().futureStates.at(-1)?.intent ?? '';
  const open = (panel: 'publish' | 'shortcuts') => () => editor.surface.set({ panel });
  const list = [
    {
      title: words.undo(intent),
      Icon: IconArrowBackUp,
      tail: '⌘Z',
      act: () => commands.undo(editor),
      off: !intent,
    },
    {
      title: words.redo(next),
      Icon: IconArrowForwardUp,
      tail: '⇧⌘Z',
      act: () => commands.redo(editor),
      off: !next,
    },
    {
      title: words.settings.title,
      Icon: IconAdjustments,
      tail: '',
      act: () => commands.openAside(editor, 'settings'),
      off: false,
    },
    {
      title: words.outline.title,
      Icon: IconListTree,
      tail: 'O',
      act: () => commands.turnOutline(editor),
      off: false,
    },
    {
      title: words.forecast.title,
      Icon: IconChartHistogram,
      tail: '',
      act: () => commands.openAside(editor, 'forecast'),
      off: false,
    },
    { title: words.publish, Icon: IconSend, tail: '', act: open('publish'), off: false },
    { title: say.fit, Icon: IconMaximize, tail: '⇧1', act: () => editor.fit(), off: false },
    { title: say.shortcuts, Icon: IconKeyboard, tail: '?', act: open('shortcuts'), off: false },
    { title: say.newJourney, Icon: IconPlus, tail: '', act: toNew, off: false },
  ];
  return list
    .filter((item) => !item.off)
    .map(({ title, Icon, tail, act }) => ({
      key: title,
      group: say.actions,
      title,
      hint: '',
      tail,
      icon: <Icon size={18} stroke={1.75} />,
      act,
    }));
}
