/** Those the journey acted on against those held out: how much more often they reached the goal, and what that is worth. */

import type { Report } from '../../api/types';

type Counted = Pick<Report, 'entered' | 'converted' | 'held_out' | 'held_out_converted'>;

export interface Lift {
  /** Shares from 0 to 1 of the treated and of those held out. */
  treated: number;
  heldOut: number;
  /** `few`: too small to say anything; `chance`: within what chance makes 19 times in 20; `clear`: beyond. */
  verdict: 'few' | 'chance' | 'clear';
}

/** Fewer people in either group, or fewer conversions or misses altogether, and a normal curve does not fit. */
const ENOUGH_PEOPLE = 100;
const ENOUGH_CASES = 10;
/** Of the normal curve, for 19 of 20. */
const Z = 1.96;

/** null where there is nobody to compare. */
export function liftOf({ entered, converted, held_out, held_out_converted }: Counted): Lift | null {
  const acted = entered - held_out;
  if (acted <= 0 || held_out <= 0) return null;
  const treated = converted / acted;
  const heldOut = held_out_converted / held_out;
  const all = (converted + held_out_converted) / entered;
  const cases = Math.min(all, 1 - all) * entered;
  if (Math.min(acted, held_out) < ENOUGH_PEOPLE || cases < ENOUGH_CASES)
    return { treated, heldOut, verdict: 'few' };
  const error = Math.sqrt(all * (1 - all) * (1 / acted + 1 / held_out));
  return { treated, heldOut, verdict: Math.abs(treated - heldOut) > Z * error ? 'clear' : 'chance' };
}
