import { describe, expect, it } from 'vitest';
import { liftOf } from './lift';

const counts = (entered: number, converted: number, held_out: number, held_out_converted: number) => ({
  entered,
  converted,
  held_out,
  held_out_converted,
});

describe('the lift', () => {
  it('is none where nobody is held out, or everybody is', () => {
    expect(liftOf(counts(500, 40, 0, 0))).toBeNull();
    expect(liftOf(counts(500, 0, 500, 20))).toBeNull();
  });

  it('compares shares of each group, those held out not counted among the treated', () => {
    expect(liftOf(counts(2000, 200, 1000, 100))).toEqual({ treated: 0.2, heldOut: 0.1, verdict: 'clear' });
  });

  it('takes a difference that chance makes for one', () => {
    // Standard error of 10 % and 11 % among a thousand each: 1.4 points.
    expect(liftOf(counts(2000, 110, 1000, 100))?.verdict).toBe('chance');
    expect(liftOf(counts(2000, 140, 1000, 100))?.verdict).toBe('clear');
  });

  it('says nothing from few people, few conversions or few misses', () => {
    expect(liftOf(counts(1099, 500, 99, 10))?.verdict).toBe('few');
    expect(liftOf(counts(2000, 9, 1000, 0))?.verdict).toBe('few');
    expect(liftOf(counts(2000, 1000, 1000, 991))?.verdict).toBe('few');
    expect(liftOf(counts(2000, 10, 1000, 0))?.verdict).toBe('clear');
  });
});
