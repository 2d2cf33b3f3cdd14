const ROW_MS = 180_000; // After so long no new round begins, so that all rows end within the hour.
const FEWEST = 1;

/**
 * Does rounds one after the other. A slow machine does fewer.
 * @template T
 * @param {number} count
 * @param {(index: number) => Promise<T>} round
 * @param {number} share of the row's time, where a row does this more than once
 * @returns {Promise<T[]>}
 */
export async function roundsOf(count, round, share = 1) {
  const began = performance.now();
  /** @type {T[]} */
  const rounds = [];
  let longestMs = 0;
  for (let index = 0; index < count; index += 1) {
    const passedMs = performance.now() - began;
    if (index >= FEWEST && passedMs + longestMs > ROW_MS * share) {
      console.log(`  only ${index} of ${count} rounds: there is no time for more`);
      break;
    }
    rounds.push(await round(index));
    longestMs = Math.max(longestMs, performance.now() - began - passedMs);
  }
  return rounds;
}
