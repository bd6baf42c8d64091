/** The journey's name, status and version, and what can be done with its run. */

import { ActionIcon, Button } from '@mantine/core';
import { IconArrowLeft, IconExternalLink, IconUserQuestion } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { runQuery } from '../../api/queries';
import { hasRun, type JourneyDetail, statusOf } from '../../api/types';
import { TopBar } from '../../app/shell/TopBar';
import { words } from '../../app/words';
import { SandboxLink } from '../../ui/SandboxLink';
import { StatusBadge } from '../../ui/StatusBadge';
import { words as liveWords } from '../live/words';
import { ModeSwitch } from './ModeSwitch';
import { RunButtons } from './RunButtons';

interface JourneyHeaderProps {
  detail: JourneyDetail;
  /** Somebody's story is asked for. */
  onWhy: () => void;
}

export function JourneyHeader({ detail, onWhy }: JourneyHeaderProps) {
  const status = statusOf(detail.status);
  return (
    <TopBar compact>
      <div className="journey-header">
        <ActionIcon
          className="journey-back"
          variant="subtle"
          size={32}
          aria-label={words.journey.back}
          title={words.journey.back}
          renderRoot={(props) => <Link to="/" {...props} />}
        >
          <IconArrowLeft size={18} stroke={1.75} />
        </ActionIcon>
        <h1 title={detail.name}>{detail.name}</h1>
        <div className="journey-marks">
          <StatusBadge status={status} />
          <span className="journey-version">
            {detail.version === null ? words.journey.draft : words.journey.version(detail.version)}
          </span>
          <ModeSwitch id={detail.id} status={status} mode="live" />
          {hasRun(status) && <WorkflowLink id={detail.id} />}
          {hasRun(status) && <SandboxLink className="journey-workflow" />}
        </div>
        <Button
          className="journey-why"
          size="xs"
          variant="subtle"
          color="gray"
          leftSection={<IconUserQuestion size={16} stroke={1.75} />}
          aria-label={liveWords.why.open}
          title={liveWords.why.open}
          onClick={onWhy}
        >
          <span>{liveWords.why.short}</span>
        </Button>
        <RunButtons id={detail.id} status={status} />
      </div>
    </TopBar>
  );
}

function WorkflowLink({ id }: { id: string }) {
  const { data: run } = useQuery(runQuery(id));
  if (!run?.workflow_url) return null;
  return (
    <a
      className="journey-workflow"
      href={run.workflow_url}
      target="_blank"
      rel="noreferrer"
      aria-label={words.journey.workflow}
      title={words.journey.workflow}
    >
      <span>{words.journey.workflow}</span>
      <IconExternalLink size={15} stroke={1.75} aria-hidden="true" />
    </a>
  );
}
