/** A journey's status as a dot and a word. */

import type { Status } from '../api/types';
import { words } from '../app/words';
import './ui.css';

export function StatusBadge({ status }: { status: Status }) {
  return (
    <span className="status-badge" data-status={status}>
      <i aria-hidden="true" />
      {words.status[status]}
    </span>
  );
}
