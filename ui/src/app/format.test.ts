/** Numbers and times read as people say them. */

import { expect, test } from 'vitest';
import { duration, plain, sentence, shortNumber, timeFromNow } from './format';

test('every digit is shown until the number is too long', () => {
  expect(shortNumber(7912)).toBe('7,912');
  expect(shortNumber(999_999)).toBe('999,999');
  expect(shortNumber(1_234_567)).toBe('1.2M');
});

test('times are told from now', () => {
  const now = new Date('2026-03-01T12:00:00Z');
  expect(timeFromNow('2026-03-01T09:00:00Z', now)).toBe('3 hours ago');
  expect(timeFromNow('2026-03-03T12:00:00Z', now)).toBe('in 2 days');
  expect(timeFromNow('2026-03-01T12:00:03Z', now)).toBe('now');
});

test('durations are words, anything else is left alone', () => {
  expect(duration('P2D')).toBe('2 days');
  expect(duration('P1DT6H')).toBe('1 day, 6 hours');
  expect(duration('PT90M')).toBe('90 minutes');
  expect(duration('P')).toBeNull();
  expect(duration('Paris')).toBeNull();
});

test('names from the API become words', () => {
  expect(sentence(plain('frequency_cap'))).toBe('Frequency cap');
});
