/** What is not right with the journey or with the way to it, as slim strips above the canvas. */

import { useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { asFailure } from '../../api/failure';
import { timeOfDay } from '../../app/format';
import { words } from '../../app/words';
import { Banner } from '../../ui/Banner';
import type { JourneyState } from '../live/useJourney';
import { useFailedAction } from './RunButtons';

export function JourneyBanners({ state }: { state: JourneyState }) {
  const { detail, failure, report } = state;
  const away = detail && failure ? failure : null;
  return (
    <>
      {away?.kind === 'away' && (
        <Banner tone="away" title={words.journey.awayBanner} text={awayText(state)} />
      )}
      {away && away.kind !== 'away' && <Banner tone="bad" title={away.message} text={away.fix} />}
      {report?.trouble && <Banner tone="bad" title={report.trouble} />}
      <FailedAction />
    </>
  );
}

/** What the last press of start, pause, resume or stop came to, if it failed. */
export function FailedAction() {
  const { id } = useParams({ from: '/journeys/$id' });
  const failed = useFailedAction(id);
  const [dismissed, dismiss] = useState(0);
  if (!failed || failed.at === dismissed) return null;
  const failure = asFailure(failed.error);
  return (
    <Banner
      tone="bad"
      title={words.journey.failedAction(failed.action)}
      text={`${failure.message} ${failure.fix}`}
      onClose={() => dismiss(failed.at)}
    />
  );
}

function awayText({ report }: JourneyState): string {
  return report?.as_of
    ? words.journey.awayBannerTail(timeOfDay(report.as_of))
    : words.journey.awayBannerNoTime;
}
