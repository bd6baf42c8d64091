/** The cards about the journey as a whole, each loaded when it is asked for. */

import { lazy, Suspense } from 'react';
import type { JourneyDetail } from '../../../api/types';
import { FormSkeleton } from '../../../form/FormSkeleton';
import type { Aside } from '../surface';

const SettingsAside = lazy(() => import('./SettingsAside'));

interface AsidesProps {
  detail: JourneyDetail;
  aside: Exclude<Aside, null>;
  /** A step's card is in its place for now. */
  hidden: boolean;
}

export default function Asides({ aside, hidden }: AsidesProps) {
  return (
    <Suspense fallback={<FormSkeleton />}>{aside === 'settings' && !hidden && <SettingsAside />}</Suspense>
  );
}
