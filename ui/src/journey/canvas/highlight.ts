/** Steps and lines that stand out while the others step back; null: all are alike. */

import { createContext, useContext } from 'react';

export interface Highlighted {
  steps: ReadonlySet<string>;
  lines: ReadonlySet<string>;
}

export const Highlight = createContext<Highlighted | null>(null);

/** `on`, `off`, or undefined where nothing stands out. */
export function useHighlight(part: keyof Highlighted, id: string): 'on' | 'off' | undefined {
  const shown = useContext(Highlight);
  if (!shown) return undefined;
  return shown[part].has(id) ? 'on' : 'off';
}
