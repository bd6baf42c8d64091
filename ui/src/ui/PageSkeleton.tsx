/** The shape of a list while it loads. */

import { VisuallyHidden } from '@mantine/core';
import './page.css';

const ROWS = ['first', 'second', 'third', 'fourth'];

export function PageSkeleton({ title, label }: { title: string; label: string }) {
  return (
    <div className="page-body" aria-busy="true">
      <VisuallyHidden role="status">{label}</VisuallyHidden>
      <div className="page-head">
        <h1>{title}</h1>
      </div>
      <div className="ghosts" aria-hidden="true">
        {ROWS.map((row) => (
          <div key={row}>
            <i />
            <i />
            <i />
          </div>
        ))}
      </div>
    </div>
  );
}
