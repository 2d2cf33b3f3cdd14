// Measures a server: it and the load are processes of their own, begun anew each time.
import { start } from './processes.js';
import { sized } from './size.js';
import { compareCosts, compareRates, median } from './statistics.js';

/** What load a row makes. */
export const LOAD = {
  connections: 32,
  warmMs: sized(700, 20),
  measuredMs: sized(1_800, 60),
};

const BUSY = 0.9; // Below it a server waits for the load, and throughput says little of it.

/** Said of every row that makes load. */
export const LOAD_GENERATOR =
  'bench/load: keep-alive connections over node:net, in a process of its own, no pipelining';

/**
 * A server to be measured, which says its `port` when it is ready.
 * @typedef {object} Target
 * @property {string} script below bench/, or a file URL
 * @property {unknown} job
 * @property {(hello: any) => readonly string[]} requests as they go over the wire, used in turn
 */

/**
 * `cpuMicros`: processor time of the server for one request, which the load cannot blur.
 * @typedef {{ rate: number, cpuMicros: number, busy: number, bytesEach: number }} Measured
 */

/** @param {Target} target @returns {Promise<Measured>} */
export async function measureServer(target) {
  const server = await start(target.script, target.job);
  const job = {
    port: server.hello.port,
    requests: target.requests(server.hello),
    connections: LOAD.connections,
  };
  const load = await start('load/generator.js', job);
  await load.ask({ kind: 'closed', durationMs: LOAD.warmMs });
  const cpuBefore = await server.ask('cpu');
  const began = performance.now();
  const { rate, count, bytesEach } = await load.ask({
    kind: 'closed',
    durationMs: LOAD.measuredMs,
  });
  const tookMs = performance.now() - began;
  const cpu = (await server.ask('cpu')) - cpuBefore;
  await load.stop();
  await server.stop();
  return { rate, cpuMicros: cpu / count, busy: cpu / 1_000 / tookMs, bytesEach };
}

/**
 * One round: the floor, Keyturn, the floor again.
 * @param {Target} floor
 * @param {Target} ours
 */
export async function measureBeside(floor, ours) {
  const measured = {
    floor: await measureServer(floor),
    ours: await measureServer(ours),
    again: await measureServer(floor),
  };
  if (measured.floor.bytesEach !== measured.ours.bytesEach) {
    const lengths = `${measured.floor.bytesEach} and ${measured.ours.bytesEach}`;
    throw new Error(`The answers are not equally long: ${lengths} bytes.`);
  }
  return measured;
}

/** @typedef {{ floor: Measured, ours: Measured, again: Measured }} HttpRound */

/**
 * A row's two figures: throughput, which the goal is about, and beside it processor time, which
 * is steadier.
 * @param {readonly HttpRound[]} rounds
 * @param {Pick<import('./figure.js').Figure, 'id' | 'what' | 'against' | 'goal'>} row
 * @returns {import('./figure.js').Figure[]}
 */
export function figuresOfHttp(rounds, row) {
  const pick = (/** @type {'rate' | 'cpuMicros'} */ name) =>
    rounds.map(({ floor, ours, again }) => ({
      floor: floor[name],
      ours: ours[name],
      again: again[name],
    }));
  const busy = median(rounds.map(({ floor, ours }) => Math.min(floor.busy, ours.busy)));
  return [
    { ...row, unit: 'ratio', note: noteOn(busy), ...compareRates(pick('rate')) },
    {
      ...row,
      id: `${row.id}-cpu`,
      what: `${row.what}: by processor time`,
      unit: 'ratio',
      goal: null,
      ...compareCosts(pick('cpuMicros')),
    },
  ];
}

/** Who was measured. @param {number} busy the part of the time that the less busy server worked */
function noteOn(busy) {
  const share = `the servers were busy ${Math.round(busy * 100)} % of the time`;
  if (busy >= BUSY) return `${share}, so it is they who were measured`;
  return `${share}: the load was too little to measure them by throughput, see processor time`;
}
