/** Lengths of time between ISO 8601 (P2D, PT90M) and a number with a unit. */

export const UNITS = ['minute', 'hour', 'day', 'week'] as const;
export type Unit = (typeof UNITS)[number];

export interface Length {
  amount: number;
  unit: Unit;
}

const MINUTES: Record<Unit, number> = { minute: 1, hour: 60, day: 1440, week: 10_080 };
const ISO = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/;

/** A duration as the largest unit that divides it, or null: no duration, or one with seconds. */
export function readDuration(text: string): Length | null {
  const found = ISO.exec(text);
  if (!found || text.length < 3 || text.endsWith('T') || Number(found[5] ?? 0) % 60 !== 0) return null;
  const [weeks, days, hours, minutes, seconds] = found.slice(1).map((part) => Number(part ?? 0));
  const written = UNITS.toReversed().filter((_, i) => [weeks, days, hours, minutes][i]);
  const total =
    (weeks ?? 0) * 10_080 + (days ?? 0) * 1440 + (hours ?? 0) * 60 + (minutes ?? 0) + (seconds ?? 0) / 60;
  // What was written in one unit stays in it: 14 days are not turned into 2 weeks.
  const only = written.length === 1 ? written[0] : undefined;
  const unit =
    only && !seconds
      ? only
      : (UNITS.toReversed().find((each) => each !== 'week' && total % MINUTES[each] === 0) ?? 'minute');
  return { amount: total / MINUTES[unit], unit };
}

export function writeDuration({ amount, unit }: Length): string {
  const whole = Math.max(0, Math.round(amount));
  if (unit === 'minute') return `PT${whole}M`;
  if (unit === 'hour') return `PT${whole}H`;
  return unit === 'day' ? `P${whole}D` : `P${whole}W`;
}
