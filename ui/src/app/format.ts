/** Numbers, times and durations as people write and read them in the chosen language. */

import { language } from './language';
import { words } from './words';

const whole = new Intl.NumberFormat(language);
const compact = new Intl.NumberFormat(language, { notation: 'compact', maximumFractionDigits: 1 });
const percents = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 });
const exact = new Intl.NumberFormat(language, { useGrouping: false, maximumFractionDigits: 12 });
const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
const clock = new Intl.DateTimeFormat(language, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hour12: false,
});
const dateTime = new Intl.DateTimeFormat(language, {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  hour12: false,
});
const full = new Intl.DateTimeFormat(language, { dateStyle: 'full', timeStyle: 'long' });
const calendarDay = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeZone: 'UTC' });

/** Digits with separators: 7,912. */
export function number(value: number): string {
  return whole.format(value);
}

/** Every digit up to a million, from there 1.2M: for places that cannot grow. */
export function shortNumber(value: number): string {
  return value < 1_000_000 ? whole.format(value) : compact.format(value);
}

/** Every digit up to a hundred thousand: for the smallest places. */
export function tinyNumber(value: number): string {
  return value < 100_000 ? whole.format(value) : compact.format(value);
}

/** A share that rounds to nothing says that there is some: < 0.1%. */
export function percent(share: number): string {
  return share > 0 && share < 0.0005 ? `< ${percents.format(0.001)}` : percents.format(share);
}

const [DECIMAL = '.', GROUP = ','] = (['decimal', 'group'] as const).map(
  (type) => whole.formatToParts(1234.5).find((part) => part.type === type)?.value,
);
const GROUPED = new RegExp(`^[+-]?[1-9]\\d{0,2}(\\${GROUP}\\d{3})+(\\${DECIMAL}\\d*)?$`);

/** A number as it is typed: no separators between the digits, and the language's decimal sign. */
export function written(value: number): string {
  return exact.format(value);
}

/** What somebody typed as a number, or null: `1.000,5` and `0,7` where a comma is the decimal sign; a point does too. */
export function readNumber(text: string): number | null {
  const typed = text.trim();
  const plainly = GROUPED.test(typed)
    ? typed.replaceAll(GROUP, '').replace(DECIMAL, '.')
    : typed.replace(',', '.');
  const value = Number(plainly);
  return typed === '' || Number.isNaN(value) ? null : value;
}

/** The time of day, to the second. */
export function timeOfDay(time: Date | string): string {
  return clock.format(new Date(time));
}

/** Weekday, day and time. */
export function dayAndTime(time: Date | string): string {
  return dateTime.format(new Date(time));
}

/** Everything about an instant, for tooltips. */
export function fullTime(time: Date | string): string {
  return full.format(new Date(time));
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** A calendar day (2026-03-01: Mar 1, 2026); anything else as it is. */
export function day(text: string): string {
  const at = new Date(text);
  return DAY.test(text) && !Number.isNaN(at.getTime()) ? calendarDay.format(at) : text;
}

const STEPS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/** 3 hours ago, in 2 days. Days are those of the calendar: tomorrow is tomorrow, however many hours that is. */
export function timeFromNow(time: Date | string, now: Date = new Date()): string {
  const at = new Date(time);
  const seconds = (at.getTime() - now.getTime()) / 1000;
  for (const [unit, size] of STEPS) {
    if (Math.abs(seconds) < size) continue;
    const amount = unit === 'day' ? midnight(at) - midnight(now) : Math.trunc(seconds / size);
    return relative.format(amount, unit);
  }
  return relative.format(Math.trunc(seconds / 10) * 10, 'second');
}

/** The day of an instant here, counted from some day on. */
function midnight(time: Date): number {
  return Date.UTC(time.getFullYear(), time.getMonth(), time.getDate()) / 86_400_000;
}

const DURATION = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/;
const DURATION_UNITS = ['week', 'day', 'hour', 'minute', 'second'] as const;
const list = new Intl.ListFormat(language, { type: 'unit' });

/** An ISO 8601 duration in words (P2D: 2 days), or null when it is none. */
export function duration(text: string): string | null {
  const found = DURATION.exec(text);
  if (!found || text.length < 3) return null;
  const parts = DURATION_UNITS.flatMap((unit, i) => {
    const amount = Number(found[i + 1] ?? 0);
    if (amount === 0) return [];
    return [new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long' }).format(amount)];
  });
  return parts.length > 0 ? list.format(parts) : null;
}

/** A name from the API in plain words: `frequency-cap` becomes `frequency cap`. */
export function plain(name: string): string {
  return name.replaceAll(/[_-]+/g, ' ').trim();
}

/** The first letter large. */
export function sentence(text: string): string {
  return text.charAt(0).toLocaleUpperCase(language) + text.slice(1);
}

/** A setting's name in words. */
export function fieldName(name: string): string {
  return words.field[name] ?? sentence(plain(name));
}

/** An outcome's name in words, after its count. */
export function outcomeName(name: string, count: number): string {
  return words.outcome[name]?.(count) ?? plain(name);
}

/** Why something was not sent, or what a visit ended with, in words. */
export function reasonName(name: string): string {
  return words.reason[name] ?? plain(name);
}
