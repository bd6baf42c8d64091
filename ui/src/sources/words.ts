/** The words of data sources in the language that is spoken. */

import { spoken } from '../app/language';
import type { Words } from './words.en';

export const words = await spoken<Words>({
  en: () => import('./words.en'),
  'pt-BR': () => import('./words.pt-BR'),
});
