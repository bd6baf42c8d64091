/** What was just done or refused: read out, and seen for a moment. */

import { useEffect, useState } from 'react';
import { useSurface } from './editor';
import './toast.css';

const SHOWN_MS = 4_000;

export function Toast() {
  const said = useSurface((state) => state.said);
  const [hidden, hide] = useState(0);
  useEffect(() => {
    if (!said) return;
    const timer = setTimeout(() => hide(said.at), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [said]);
  const shown = said && said.at !== hidden ? said : null;
  return (
    <div className="toast-place" role="status" aria-live="polite">
      {shown && (
        <p key={shown.at} className="toast" data-tone={shown.tone}>
          {shown.text}
        </p>
      )}
    </div>
  );
}
