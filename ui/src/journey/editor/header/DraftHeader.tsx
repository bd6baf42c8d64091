/** The bar of the editor: name, status, saving, back and forth, problems, publishing. */

import { ActionIcon, Button } from '@mantine/core';
import { IconArrowLeft, IconDots, IconKeyboard, IconSearch, IconTrash } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { type JourneyDetail, statusOf } from '../../../api/types';
import { TopBar } from '../../../app/shell/TopBar';
import { words as pageWords } from '../../../app/words';
import { BarMenu } from '../../../ui/BarMenu';
import { StatusBadge } from '../../../ui/StatusBadge';
import { ModeSwitch } from '../../header/ModeSwitch';
import { RunButtons } from '../../header/RunButtons';
import { useEditor } from '../editor';
import { words } from '../words';
import { History } from './History';
import { Issues } from './Issues';
import { JourneyName } from './JourneyName';
import { SaveStatus } from './SaveStatus';
import './draft-header.css';

interface DraftHeaderProps {
  detail: JourneyDetail;
  onResolve: () => void;
}

export function DraftHeader({ detail, onResolve }: DraftHeaderProps) {
  const editor = useEditor();
  const status = statusOf(detail.status);
  return (
    <TopBar compact>
      <div className="journey-header draft-header">
        <ActionIcon
          className="journey-back"
          variant="subtle"
          size={32}
          aria-label={pageWords.journey.back}
          title={pageWords.journey.back}
          renderRoot={(props) => <Link to="/" {...props} />}
        >
          <IconArrowLeft size={18} stroke={1.75} />
        </ActionIcon>
        <JourneyName />
        <div className="journey-marks">
          <StatusBadge status={status} />
          {detail.version !== null && (
            <span className="journey-version">{pageWords.journey.version(detail.version)}</span>
          )}
          <ModeSwitch id={detail.id} status={status} mode="draft" />
          <SaveStatus onResolve={onResolve} />
        </div>
        <History />
        <Issues />
        <div className="run-buttons">
          {status === 'published' && <RunButtons id={detail.id} status={status} />}
          <Button
            size="xs"
            variant={status === 'published' ? 'default' : 'filled'}
            onClick={() => editor.surface.set({ panel: 'publish' })}
          >
            {words.publish}
          </Button>
        </div>
        <More removable={status === 'draft'} />
      </div>
    </TopBar>
  );
}

function More({ removable }: { removable: boolean }) {
  const { surface } = useEditor();
  const items = [
    { panel: 'search', Icon: IconSearch, text: words.searchAction, tail: '/' },
    { panel: 'shortcuts', Icon: IconKeyboard, text: words.search.shortcuts, tail: '?' },
  ] as const;
  return (
    <BarMenu label={words.more} className="bar-button" button={<IconDots size={19} stroke={1.75} />}>
      {(close) => (
        <>
          {items.map(({ panel, Icon, text, tail }) => (
            <button
              key={panel}
              type="button"
              className="bar-item"
              onClick={() => {
                close();
                surface.set({ panel });
              }}
            >
              <Icon size={17} stroke={1.75} aria-hidden="true" />
              <span>{text}</span>
              <kbd>{tail}</kbd>
            </button>
          ))}
          {removable && (
            <button
              type="button"
              className="bar-item"
              data-tone="bad"
              onClick={() => {
                close();
                surface.set({ panel: 'delete' });
              }}
            >
              <IconTrash size={17} stroke={1.75} aria-hidden="true" />
              <span>{words.remove.menu}</span>
            </button>
          )}
        </>
      )}
    </BarMenu>
  );
}
