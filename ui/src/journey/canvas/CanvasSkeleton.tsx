/** The shape of a journey while it loads. */

import { VisuallyHidden } from '@mantine/core';
import { words } from '../../app/words';

export function CanvasSkeleton() {
  return (
    <div className="canvas-skeleton" aria-busy="true">
      <VisuallyHidden role="status">{words.journey.loading}</VisuallyHidden>
      <i />
      <i />
      <i />
      <div>
        <i />
        <i />
      </div>
    </div>
  );
}
