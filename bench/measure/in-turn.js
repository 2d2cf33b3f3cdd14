// Measures functions of one process in turn: A B A, A B A, …, in slices of milliseconds, so that
// whatever the machine does meanwhile happens to all of them.
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { sized } from './size.js';
import { median } from './statistics.js';

const SLICE_MS = 15;
const WARM_MS = sized(300, 30);
const BREATH_MS = 3;
// An instance that cannot poll loses its cache after the staleness bound, rightly. So the loop is
// let go for longer than the feed's interval, far more often than that bound.
const LONG_BREATH_MS = 120;
const LONG_BREATH_EVERY_MS = 500;

/**
 * Does the thing `count` times, and answers how often it came out right.
 * @typedef {(count: number) => number} Contender
 */

/**
 * @template {string} Name
 * @param {Readonly<Record<Name, Contender>>} contenders
 * @param {number} durationMs in all
 * @returns {Promise<Record<Name, number>>} nanoseconds each, by name: the medians of the slices
 */
export async function inTurn(contenders, durationMs) {
  /** @type {[Name, Contender][]} */
  const all = /** @type {any} */ (Object.entries(contenders));
  const lanes = [];
  for (const [name, contender] of all) {
    lanes.push({ name, contender, count: await countPerSlice(contender), slices: [0] });
  }
  for (const lane of lanes) lane.slices = [];
  const endsAt = performance.now() + durationMs;
  let breathAt = performance.now() + LONG_BREATH_EVERY_MS;
  while (performance.now() < endsAt || (lanes[0]?.slices.length ?? 0) < 5) {
    for (const { contender, count, slices } of lanes) {
      slices.push(nanosecondsEach(contender, count));
      await pause(BREATH_MS);
    }
    if (performance.now() < breathAt) continue;
    await pause(LONG_BREATH_MS);
    breathAt = performance.now() + LONG_BREATH_EVERY_MS;
  }
  return /** @type {any} */ (
    Object.fromEntries(lanes.map(({ name, slices }) => [name, median(slices)]))
  );
}

/** Warms it up, and finds how many fill a slice. @param {Contender} contender */
async function countPerSlice(contender) {
  let count = 100;
  let each = nanosecondsEach(contender, count);
  const warmUntil = performance.now() + WARM_MS;
  while (performance.now() < warmUntil) {
    each = nanosecondsEach(contender, count);
    count = Math.max(10, Math.round((SLICE_MS * 1e6) / each));
    await pause(BREATH_MS);
  }
  return count;
}

/** @param {Contender} contender @param {number} count */
function nanosecondsEach(contender, count) {
  const began = process.hrtime.bigint();
  const right = contender(count);
  const took = Number(process.hrtime.bigint() - began);
  if (right !== count) throw new Error(`Only ${right} of ${count} came out right.`);
  return took / count;
}
