import { makePostgres } from '../measure/postgres.js';
import { start } from '../measure/processes.js';
import { sized } from '../measure/size.js';
import { quantile } from '../measure/statistics.js';

const setting = {
  instances: 4,
  revocations: sized(300, 5),
  asksEveryMs: 1,
  longestMs: 90_000,
  database: 'PostgreSQL',
};

/** @typedef {import('../measure/processes.js').Started} Started */

/** @type {import('../measure/figure.js').Bench} */
export const bench = {
  name: 'revocation',
  title: 'From a revocation to the last of four instances',
  loadGenerator: '',
  setting,
  async run() {
    const database = await makePostgres();
    try {
      const tookMs = await revokeOften(database.url);
      return [figureOf(tookMs, database.version)];
    } finally {
      await database.drop();
    }
  },
};

/** @param {string} url */
async function revokeOften(url) {
  /** @type {Started[]} */
  const instances = [];
  for (let index = 0; index < setting.instances; index += 1) {
    instances.push(await start('targets/instance.js', { url }));
  }
  const endsAt = performance.now() + setting.longestMs;
  /** @type {number[]} */
  const tookMs = [];
  while (tookMs.length < setting.revocations && performance.now() < endsAt) {
    tookMs.push(await revokeOnce(instances, tookMs.length));
  }
  for (const instance of instances) await instance.stop();
  return tookMs;
}

/**
 * Every instance is asked for the key over and over; one of them revokes it.
 * @param {readonly Started[]} instances
 * @param {number} turn
 */
async function revokeOnce(instances, turn) {
  const revoker = instances[turn % instances.length];
  if (revoker === undefined) throw new Error('There is no instance.');
  const { key, plaintext } = await revoker.ask({ kind: 'create' });
  for (const instance of instances) await instance.ask({ kind: 'watch', plaintext });
  const began = await revoker.ask({ kind: 'revoke', id: key.id });
  const refused = await Promise.all(instances.map(({ ask }) => ask({ kind: 'refused' })));
  return Math.max(...refused) - began;
}

/** @param {readonly number[]} tookMs @param {string} version @returns {import('../measure/figure.js').Figure} */
function figureOf(tookMs, version) {
  const p50 = quantile(tookMs, 0.5).toFixed(1);
  const slowest = Math.max(...tookMs).toFixed(1);
  return {
    id: 'revocation',
    what: `revocation until the last of ${setting.instances} instances refuses, p99 of ${tookMs.length}`,
    against: `the call of \`revoke\`, on PostgreSQL ${version.split(' ')[0]}`,
    unit: 'ms',
    value: quantile(tookMs, 0.99),
    spread: null,
    goal: { atMost: 100 },
    rounds: tookMs,
    note: `median ${p50} ms, slowest ${slowest} ms; every instance was asked every millisecond, so up to one of them is the asking`,
  };
}
