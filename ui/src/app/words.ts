/** Every word the pages say; another language is one more module beside this. */

import { spoken } from './language';
import type { Words } from './words.en';

export const words = await spoken<Words>({
  en: () => import('./words.en'),
  'pt-BR': () => import('./words.pt-BR'),
});
