/** How long something is past, for sentences: just now, 2 minutes ago. */

import { timeFromNow } from '../../app/format';
import { words } from './words';

const JUST_NOW_S = 10;

export function ago(time: number | string): string {
  const at = new Date(time);
  return (Date.now() - at.getTime()) / 1000 < JUST_NOW_S ? words.save.justNow : timeFromNow(at);
}
