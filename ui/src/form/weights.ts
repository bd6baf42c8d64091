/** Percentages of arms, counted in hundredths so that sums are exact. */

export const WHOLE = 10_000;

export function hundredths(percent: number): number {
  return Math.round(percent * 100);
}

/** Equal shares that sum to 100 %: the first arms get what does not divide. */
export function equalShares(count: number): number[] {
  if (count < 1) return [];
  const each = Math.floor(WHOLE / count);
  const rest = WHOLE - each * count;
  return Array.from({ length: count }, (_, i) => (each + (i < rest ? 1 : 0)) / 100);
}

/** What is missing to 100 %, in hundredths; negative: too much. */
export function missing(weights: readonly number[]): number {
  return WHOLE - weights.reduce((sum, weight) => sum + hundredths(weight), 0);
}
