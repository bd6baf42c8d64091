/** The journey's name, status and version, and what can be done with its run. */

import { ActionIcon } from '@mantine/core';
import { IconArrowLeft, IconExternalLink } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { runQuery } from '../../api/queries';
import { hasRun, type JourneyDetail, statusOf } from '../../api/types';
import { TopBar } from '../../app/shell/TopBar';
import { words } from '../../app/words';
import { StatusBadge } from '../../ui/StatusBadge';
import { ModeSwitch } from './ModeSwitch';
import { RunButtons } from './RunButtons';

export function JourneyHeader({ detail }: { detail: JourneyDetail }) {
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
        </div>
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
