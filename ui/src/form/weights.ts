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

/** Weights with one more: it gets what is missing; of a whole, equal ones stay equal, else the last one is halved. */
export function withOneMore(weights: readonly number[]): number[] {
  const rest = missing(weights) / 100;
  const equal = equalShares(weights.length).every((share, i) => share === weights[i]);
  if (rest > 0) return [...weights, rest];
  if (equal) return equalShares(weights.length + 1);
  const last = weights.at(-1) ?? 0;
  const half = Math.floor(hundredths(last) / 2) / 100;
  return [...weights.slice(0, -1), (hundredths(last) - hundredths(half)) / 100, half];
}

/** What is missing to 100 %, in hundredths; negative: too much. */
export function missing(weights: readonly number[]): number {
  return WHOLE - weights.reduce((sum, weight) => sum + hundredths(weight), 0);
}
