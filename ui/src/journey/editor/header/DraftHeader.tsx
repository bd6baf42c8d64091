/** The bar of the editor: name, status, saving, back and forth, problems, publishing. */

import { ActionIcon, Button } from '@mantine/core';
import { IconAdjustments, IconArrowLeft } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { type JourneyDetail, statusOf } from '../../../api/types';
import { TopBar } from '../../../app/shell/TopBar';
import { words as pageWords } from '../../../app/words';
import { StatusBadge } from '../../../ui/StatusBadge';
import { ModeSwitch } from '../../header/ModeSwitch';
import { RunButtons } from '../../header/RunButtons';
import { SETTINGS } from '../check/useCheck';
import { openAside } from '../commands';
import { useEditor, useKnown, useSurface } from '../editor';
import { words } from '../words';
import { History } from './History';
import { Issues } from './Issues';
import { JourneyName } from './JourneyName';
import { More } from './More';
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
        <SettingsButton />
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
        <More detail={detail} />
      </div>
    </TopBar>
  );
}

/** How many problems the settings have shows in the list of problems; a dot leads here. */
function SettingsButton() {
  const editor = useEditor();
  const bad = useKnown(({ problems }) => problems.some(({ path }) => path[0] === SETTINGS));
  const open = useSurface((state) => state.aside === 'settings');
  return (
    <button
      type="button"
      className="bar-button settings-button"
      data-bad={bad || undefined}
      aria-label={words.settings.title}
      aria-pressed={open}
      title={words.settings.title}
      onClick={() => openAside(editor, open ? null : 'settings')}
    >
      <IconAdjustments size={19} stroke={1.75} aria-hidden="true" />
    </button>
  );
}
