// Medians, because a noisy machine throws far outliers; and what they were taken of, to be shown.

/** @param {readonly number[]} values */
export function median(values) {
  return quantile(values, 0.5);
}

/**
 * By linear interpolation between the two nearest ranks.
 * @param {readonly number[]} values
 * @param {number} share 0 to 1
 */
export function quantile(values, share) {
  if (values.length === 0) throw new Error('There is no median of nothing.');
  const sorted = [...values].sort((left, right) => left - right);
  const rank = (sorted.length - 1) * share;
  const below = sorted[Math.floor(rank)] ?? Number.NaN;
  const above = sorted[Math.ceil(rank)] ?? Number.NaN;
  return below + (above - below) * (rank - Math.floor(rank));
}

/**
 * What one round measured: A, then B, then A again; all rates, or all costs.
 * @typedef {{ readonly floor: number, readonly ours: number, readonly again: number }} Round
 */

/**
 * B beside A by rates: 1 is as fast as A, 0.5 half as fast.
 * @param {readonly Round[]} rounds
 */
export function compareRates(rounds) {
  return compared(rounds, ({ floor, ours, again }) => (2 * ours) / (floor + again));
}

/**
 * B beside A by what one costs: 1 is as cheap as A, 0.5 costs twice as much.
 * @param {readonly Round[]} rounds
 */
export function compareCosts(rounds) {
  return compared(rounds, ({ floor, ours, again }) => (floor + again) / (2 * ours));
}

/**
 * @param {readonly Round[]} rounds
 * @param {(round: Round) => number} ratioOf
 */
function compared(rounds, ratioOf) {
  const ratios = rounds.map(ratioOf);
  return { value: median(ratios), rounds: ratios, spread: spreadOf(rounds) };
}

/**
 * A beside A, whichever came first: the middle half of the rounds. Their lowest and highest would
 * lie the further apart the more rounds there are, and excuse the more.
 * @param {readonly Pick<Round, 'floor' | 'again'>[]} rounds
 * @returns {readonly [number, number]}
 */
export function spreadOf(rounds) {
  const ratios = rounds.flatMap(({ floor, again }) => [again / floor, floor / again]);
  return [quantile(ratios, 0.25), quantile(ratios, 0.75)];
}
