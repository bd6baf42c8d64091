/** Which step Tab leads to: the last one that was in focus; from there arrows walk along the lines. */

import { type FocusEvent, useCallback, useState } from 'react';
import type { Point } from '../graph/types';
import { readingOrder } from '../graph/walk';

interface TabStop {
  stop: string | null;
  onFocus: (event: FocusEvent) => void;
}

export function useTabStop(positions: ReadonlyMap<string, Point>, selected: string | null): TabStop {
  const [last, setLast] = useState<string | null>(null);
  const onFocus = useCallback((event: FocusEvent) => {
    const id = event.target.closest('.react-flow__node')?.getAttribute('data-id');
    if (id) setLast(id);
  }, []);
  const known = [last, selected].find((id) => id !== null && positions.has(id));
  return { stop: known ?? readingOrder(positions)[0] ?? null, onFocus };
}
