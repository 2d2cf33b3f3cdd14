// Measures a server: it and the load are processes of their own, begun anew each time.
import { start } from './processes.js';
import { sized } from './size.js';
import { compareCosts, compareRates, median } from './statistics.js';

/** What load a row makes. Each server gets its share of `measuredMs` in slices, in turn. */
export const LOAD = {
  connections: 32,
  warmMs: sized(2_000, 20), // Until the compiler has settled: our side has more to compile.
  measuredMs: sized(2_000, 60),
  sliceMs: sized(250, 30),
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
  const [measured] = await measureInTurn([target]);
  if (measured === undefined) throw new Error('Nothing was measured.');
  return measured;
}

/**
 * One round: the floor, Keyturn and the floor again, each begun anew. They take turns in slices,
 * so that whatever the machine does meanwhile happens to all three; one that is not asked rests.
 * @param {Target} floor
 * @param {Target} ours
 * @param {Target} again the floor, with files of its own if it has any
 */
export async function measureBeside(floor, ours, again = floor) {
  const [first, middle, last] = await measureInTurn([floor, ours, again]);
  if (!first || !middle || !last) throw new Error('Nothing was measured.');
  if (first.bytesEach !== middle.bytesEach) {
    const lengths = `${first.bytesEach} and ${middle.bytesEach}`;
    throw new Error(`The answers are not equally long: ${lengths} bytes.`);
  }
  return { floor: first, ours: middle, again: last };
}

/** @param {readonly Target[]} targets @returns {Promise<Measured[]>} */
async function measureInTurn(targets) {
  const lanes = [];
  for (const target of targets) lanes.push(await openLane(target));
  for (const { load } of lanes) await load.ask({ kind: 'closed', durationMs: LOAD.warmMs });
  for (let spentMs = 0; spentMs < LOAD.measuredMs; spentMs += LOAD.sliceMs) {
    for (const lane of lanes) await measureSlice(lane);
  }
  const measured = [];
  for (const lane of lanes) {
    await lane.load.stop();
    await lane.server.stop();
    measured.push(measuredOf(lane.sums));
  }
  return measured;
}

/** A server and the load on it. @param {Target} target */
async function openLane(target) {
  const server = await start(target.script, target.job);
  const job = {
    port: server.hello.port,
    requests: target.requests(server.hello),
    connections: LOAD.connections,
  };
  const load = await start('load/generator.js', job);
  return { server, load, sums: { count: 0, bytes: 0, micros: 0, cpuMicros: 0 } };
}

/** @param {Awaited<ReturnType<typeof openLane>>} lane */
async function measureSlice({ server, load, sums }) {
  const cpuBefore = await server.ask('cpu');
  const { count, bytes, ms } = await load.ask({ kind: 'closed', durationMs: LOAD.sliceMs });
  sums.cpuMicros += (await server.ask('cpu')) - cpuBefore;
  sums.count += count;
  sums.bytes += bytes;
  sums.micros += ms * 1_000;
}

/**
 * Sums, no medians: what a server does once a second has to be in them.
 * @param {Awaited<ReturnType<typeof openLane>>['sums']} sums
 * @returns {Measured}
 */
function measuredOf({ count, bytes, micros, cpuMicros }) {
  return {
    rate: count / (micros / 1e6),
    cpuMicros: cpuMicros / count,
    busy: cpuMicros / micros,
    bytesEach: bytes / count,
  };
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
