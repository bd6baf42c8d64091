/** What is done less often: other views of the journey, files, search, deleting. */

import {
  type Icon,
  IconAdjustments,
  IconDots,
  IconKeyboard,
  IconSearch,
  IconTrash,
} from '@tabler/icons-react';
import { BarMenu } from '../../../ui/BarMenu';
import { openAside } from '../commands';
import { type Editor, useEditor } from '../editor';
import { words } from '../words';

interface Item {
  text: string;
  Icon: Icon;
  tail?: string;
  bad?: boolean;
  act: () => void;
}

export function More({ removable }: { removable: boolean }) {
  const editor = useEditor();
  return (
    <BarMenu label={words.more} className="bar-button" button={<IconDots size={19} stroke={1.75} />}>
      {(close) =>
        itemsOf(editor, removable).map(({ text, Icon, tail, bad, act }) => (
          <button
            key={text}
            type="button"
            className="bar-item"
            data-tone={bad ? 'bad' : undefined}
            onClick={() => {
              close();
              act();
            }}
          >
            <Icon size={17} stroke={1.75} aria-hidden="true" />
            <span>{text}</span>
            {tail && <kbd>{tail}</kbd>}
          </button>
        ))
      }
    </BarMenu>
  );
}

function itemsOf(editor: Editor, removable: boolean): Item[] {
  const panel = (panel: 'search' | 'shortcuts' | 'delete') => () => editor.surface.set({ panel });
  return [
    { text: words.settings.title, Icon: IconAdjustments, act: () => openAside(editor, 'settings') },
    { text: words.searchAction, Icon: IconSearch, tail: '/', act: panel('search') },
    { text: words.search.shortcuts, Icon: IconKeyboard, tail: '?', act: panel('shortcuts') },
    ...(removable ? [{ text: words.remove.menu, Icon: IconTrash, bad: true, act: panel('delete') }] : []),
  ];
}
