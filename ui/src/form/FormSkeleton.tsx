/** Three fields' worth of nothing, while a form is on its way. */

import { words } from './words';

const ROWS = ['name', 'first', 'second'];
const ghost = {
  animation: 'ghost 0.9s ease-in-out infinite alternate',
  background: 'var(--line)',
  borderRadius: 8,
};

export function FormSkeleton() {
  return (
    <div role="status" aria-label={words.loading} style={{ display: 'grid', gap: 18 }}>
      {ROWS.map((row) => (
        <div key={row} style={{ display: 'grid', gap: 8 }}>
          <i style={{ ...ghost, width: 90, height: 12 }} />
          <i style={{ ...ghost, height: 38, borderRadius: 10 }} />
        </div>
      ))}
    </div>
  );
}
