/** The title in the browser's tab. */

import { useEffect } from 'react';
import { words } from '../app/words';

export function usePageTitle(page: string): void {
  useEffect(() => {
    document.title = words.title(page);
  }, [page]);
}
