/** What is told of the journey as a whole, each part loaded when it is asked for. */

import { lazy, Suspense } from 'react';
import type { JourneyDetail } from '../../../api/types';
import type { Aside } from '../surface';

const SettingsAside = lazy(() => import('./SettingsAside'));
const ForecastAside = lazy(() => import('./ForecastAside'));
const CompareView = lazy(() => import('./CompareView'));

interface AsidesProps {
  detail: JourneyDetail;
  aside: Exclude<Aside, null>;
  /** A step's card is in its place for now. */
  hidden: boolean;
}

export default function Asides({ detail, aside, hidden }: AsidesProps) {
  const { id, version } = detail;
  return (
    <Suspense>
      {aside === 'settings' && !hidden && <SettingsAside />}
      {aside === 'forecast' && <ForecastAside hidden={hidden} />}
      {aside === 'compare' && !hidden && version !== null && <CompareView id={id} version={version} />}
    </Suspense>
  );
}
