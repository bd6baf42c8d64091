/** The same objects for what shows the same, from one drawing to the next. */

import { useMemo, useRef } from 'react';
import { keepSame } from './elements';

export function useKept<Item extends { id: string }>(items: Item[]): Item[] {
  const last = useRef<Item[]>([]);
  return useMemo(() => {
    last.current = keepSame(last.current, items);
    return last.current;
  }, [items]);
}
