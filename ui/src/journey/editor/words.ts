/** Every word the editor says; apart from the others so that pages without it need not load them. */

import { spoken } from '../../app/language';
import type { Words } from './words.en';

export const words = await spoken<Words>({
  en: () => import('./words.en'),
  'pt-BR': () => import('./words.pt-BR'),
});
