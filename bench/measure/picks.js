// In which order keys are asked for. From a fixed seed: every round asks alike.

const PICK_COUNT = 2 ** 20;
const PICK_SEED = 0x9e3779b9;

/** Every key as likely as every other. @param {number} keyCount */
export function randomPicks(keyCount) {
  return picksOf((chance) => Math.floor(chance * keyCount));
}

/**
 * A few keys make most of the requests: Zipf's law with exponent 1, so that of a million keys
 * the first thousand make half.
 * @param {number} keyCount
 */
export function skewedPicks(keyCount) {
  return picksOf((chance) => Math.min(keyCount, Math.floor((keyCount + 1) ** chance)) - 1);
}

/** @param {(chance: number) => number} pick of a number from 0 to below 1 */
function picksOf(pick) {
  const picks = new Uint32Array(PICK_COUNT);
  let state = PICK_SEED;
  for (let index = 0; index < PICK_COUNT; index += 1) {
    // Marsaglia's xorshift, 32 bits: fast, even, and the same everywhere.
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    picks[index] = pick((state >>> 0) / 2 ** 32);
  }
  return picks;
}
