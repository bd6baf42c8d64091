/** Every word about the people in a journey that runs. */

import { spoken } from '../../app/language';
import type { Words } from './words.en';

export const words = await spoken<Words>({
  en: () => import('./words.en'),
  'pt-BR': () => import('./words.pt-BR'),
});
