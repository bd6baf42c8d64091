/** Numbers and times read as people say them, in every language. */

import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

type Format = typeof import('./format');

async function formatIn(language: string): Promise<Format> {
  vi.resetModules();
  vi.stubGlobal('navigator', { language });
  return import('./format');
}

afterAll(() => vi.unstubAllGlobals());

const NOW = new Date('2026-03-01T12:00:00Z');

describe('in English', () => {
  let say: Format;
  beforeAll(async () => {
    say = await formatIn('en-GB');
  });

  test('every digit is shown until the number is too long', () => {
    expect(say.shortNumber(7912)).toBe('7,912');
    expect(say.shortNumber(999_999)).toBe('999,999');
    expect(say.shortNumber(1_234_567)).toBe('1.2M');
  });

  test('times are told from now', () => {
    expect(say.timeFromNow('2026-03-01T09:00:00Z', NOW)).toBe('3 hours ago');
    expect(say.timeFromNow('2026-03-03T11:59:59Z', NOW)).toBe('in 2 days');
    expect(say.timeFromNow('2026-03-03T12:00:00Z', NOW)).toBe('in 2 days');
    expect(say.timeFromNow('2026-03-03T11:59:59Z', NOW)).toBe('in 2 days');
    expect(say.timeFromNow('2026-03-01T12:00:03Z', NOW)).toBe('now');
  });

  test('durations are words, anything else is left alone', () => {
    expect(say.duration('P2D')).toBe('2 days');
    expect(say.duration('P1DT6H')).toBe('1 day, 6 hours');
    expect(say.duration('PT90M')).toBe('90 minutes');
    expect(say.duration('P')).toBeNull();
    expect(say.duration('Paris')).toBeNull();
  });

  test('days are dates, anything else is left alone', () => {
    expect(say.day('2026-03-01')).toBe('Mar 1, 2026');
    expect(say.day('2026-13-41')).toBe('2026-13-41');
    expect(say.day('Porto')).toBe('Porto');
  });

  test('names from the API become words', () => {
    expect(say.sentence(say.plain('frequency_cap'))).toBe('Frequency cap');
  });
});

describe('in Portuguese', () => {
  let say: Format;
  beforeAll(async () => {
    say = await formatIn('pt-PT');
  });

  test('the separators are its own', () => {
    expect(say.shortNumber(7912)).toBe('7.912');
    expect(say.shortNumber(1_234_567).replace(/\s/, ' ')).toBe('1,2 mi');
    expect(say.percent(0.125)).toBe('12,5%');
    expect(say.percent(0.0001)).toBe('< 0,1%');
    expect(say.percent(0)).toBe('0%');
  });

  test('times, durations and days are its words', () => {
    expect(say.timeFromNow('2026-03-01T09:00:00Z', NOW)).toBe('há 3 horas');
    expect(say.timeFromNow('2026-03-03T12:00:00Z', NOW)).toBe('depois de amanhã');
    expect(say.duration('P2D')).toBe('2 dias');
    expect(say.day('2026-03-01')).toBe('1 de mar. de 2026');
  });

  test('outcomes agree with their number', () => {
    expect(say.outcomeName('accepted', 1)).toBe('aceito');
    expect(say.outcomeName('accepted', 2)).toBe('aceitos');
    expect(say.outcomeName('of_a_plug-in', 2)).toBe('of a plug in');
  });
});

describe('what is typed', () => {
  test.each([
    ['en', '0.7', 0.7],
    ['en', '0,7', 0.7],
    ['en', '1,500', 1500],
    ['en', '1,500.25', 1500.25],
    ['pt-BR', '0,7', 0.7],
    ['pt-BR', '0.7', 0.7],
    ['pt-BR', '0.125', 0.125],
    ['pt-BR', '1.500', 1500],
    ['pt-BR', '-1.500,25', -1500.25],
    ['pt-BR', '', null],
    ['pt-BR', 'sete', null],
  ])('in %s, %s is %s', async (language, text, value) => {
    const { readNumber } = await formatIn(language);
    expect(readNumber(text)).toBe(value);
  });

  test.each(['en', 'pt-BR'])('a number is written so that it is read as itself in %s', async (language) => {
    const { readNumber, written } = await formatIn(language);
    for (const value of [0, 0.25, 1500, 12_345_678.5, -3.125]) expect(readNumber(written(value))).toBe(value);
  });
});
