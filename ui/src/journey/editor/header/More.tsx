/** What is done less often: other views of the journey, files, search, deleting. */

import {
  type Icon,
  IconAdjustments,
  IconChartHistogram,
  IconDots,
  IconGitCompare,
  IconKeyboard,
  IconListTree,
  IconPhotoDown,
  IconSearch,
  IconTrash,
  IconVector,
} from '@tabler/icons-react';
import { type JourneyDetail, statusOf } from '../../../api/types';
import { BarMenu } from '../../../ui/BarMenu';
import { exportAs, openAside, turnOutline } from '../commands';
import { type Editor, useEditor } from '../editor';
import { words } from '../words';

interface Item {
  text: string;
  Icon: Icon;
  tail?: string;
  bad?: boolean;
  act: () => void;
}

export function More({ detail }: { detail: JourneyDetail }) {
  const editor = useEditor();
  return (
    <BarMenu label={words.more} className="bar-button" button={<IconDots size={19} stroke={1.75} />}>
      {(close) =>
        itemsOf(editor, detail).map(({ text, Icon, tail, bad, act }) => (
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

function itemsOf(editor: Editor, detail: JourneyDetail): Item[] {
  const removable = statusOf(detail.status) === 'draft';
  const published = detail.version !== null;
  const panel = (panel: 'search' | 'shortcuts' | 'delete') => () => editor.surface.set({ panel });
  return [
    { text: words.settings.title, Icon: IconAdjustments, act: () => openAside(editor, 'settings') },
    { text: words.outline.title, Icon: IconListTree, tail: 'O', act: () => turnOutline(editor) },
    { text: words.forecast.title, Icon: IconChartHistogram, act: () => openAside(editor, 'forecast') },
    ...(published
      ? [{ text: words.compare.menu, Icon: IconGitCompare, act: () => openAside(editor, 'compare') }]
      : []),
    { text: words.export.png, Icon: IconPhotoDown, act: () => void exportAs(editor, 'png') },
    { text: words.export.svg, Icon: IconVector, act: () => void exportAs(editor, 'svg') },
    { text: words.searchAction, Icon: IconSearch, tail: '/', act: panel('search') },
    { text: words.search.shortcuts, Icon: IconKeyboard, tail: '?', act: panel('shortcuts') },
    ...(removable ? [{ text: words.remove.menu, Icon: IconTrash, bad: true, act: panel('delete') }] : []),
  ];
}
