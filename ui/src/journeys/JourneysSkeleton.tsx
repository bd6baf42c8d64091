/** The shape of the list while it loads. */

import { VisuallyHidden } from '@mantine/core';
import { words } from '../app/words';

const ROWS = ['first', 'second', 'third', 'fourth'];

export function JourneysSkeleton() {
  return (
    <div className="journeys" aria-busy="true">
      <VisuallyHidden role="status">{words.journeys.loading}</VisuallyHidden>
      <div className="journeys-head">
        <h1>{words.journeys.title}</h1>
      </div>
      <div className="journeys-ghosts" aria-hidden="true">
        {ROWS.map((row) => (
          <div key={row} className="journeys-ghost">
            <i />
            <i />
            <i />
          </div>
        ))}
      </div>
    </div>
  );
}
