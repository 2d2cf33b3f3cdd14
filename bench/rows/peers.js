import { join } from 'node:path';
import { temporaryFolder } from '../measure/folder.js';
import { LOAD, LOAD_GENERATOR, measureServer } from '../measure/over-http.js';
import { installPeers } from '../measure/peers.js';
import { wired } from '../measure/requests.js';
import { roundsOf } from '../measure/rounds.js';
import { sized } from '../measure/size.js';
import { openRaw } from '../measure/sqlite.js';
import { median, spreadOf } from '../measure/statistics.js';

const setting = {
  ...LOAD,
  keys: sized(100, 5),
  rounds: sized(5, 1),
  database: 'SQLite; for the peers with synchronous = normal',
};

/** @typedef {{ script: string, usedSql: string }} Product */

/** @type {Product} */
const keyturn = {
  script: 'peers/keyturn.js',
  usedSql: 'select count(distinct key_id) as used from secret_uses',
};

/** @type {import('../measure/figure.js').Bench} */
export const bench = {
  name: 'peers',
  title: 'A check over HTTP, beside peers',
  loadGenerator: LOAD_GENERATOR,
  setting,
  async run() {
    const { present, absent } = await installPeers();
    if (present.length === 0) throw new Error('No peer can be installed.');
    const rounds = await roundsOf(setting.rounds, async () => {
      const floor = await rateOf(keyturn);
      /** @type {number[]} */
      const rates = [];
      for (const peer of present) rates.push(await rateOf(peer));
      return { floor, rates, again: await rateOf(keyturn) };
    });
    const note = noteOn(absent);
    const own = rounds.map(({ floor, again }) => (floor + again) / 2);
    const figures = present.map(({ name, version }, index) => ({
      id: `peer-${name}`,
      what: 'check over HTTP, on SQLite, use recorded',
      against: `${name} ${version}, the same load`,
      ...timesOf(
        own,
        rounds.map(({ rates }) => rates[index] ?? Number.NaN),
      ),
      spread: spreadOf(rounds),
      goal: null,
    }));
    const [fastest = figures[0]] = [...figures].sort((left, right) => left.value - right.value);
    if (fastest === undefined) throw new Error('No peer was measured.');
    const headline = { ...fastest, id: 'peers', goal: { atLeast: 5 }, note };
    const others = figures.filter((figure) => figure !== fastest);
    return [headline, ...others];
  },
};

/** @param {readonly string[]} absent */
function noteOn(absent) {
  const others = ['djangorestframework-api-key, which is no package of npm', ...absent];
  return `the fastest of those measured; not measured: ${others.join(', ')}`;
}

/** @param {readonly number[]} own @param {readonly number[]} theirs */
function timesOf(own, theirs) {
  const rounds = own.map((rate, index) => rate / (theirs[index] ?? Number.NaN));
  return { unit: /** @type {const} */ ('times'), value: median(rounds), rounds };
}

/** @param {Product} product */
async function rateOf({ script, usedSql }) {
  const path = join(temporaryFolder(), 'checks.db');
  const job = { path, count: setting.keys };
  const requests = (/** @type {{ keys: string[] }} */ { keys }) =>
    keys.map((key) => wired({ method: 'GET', path: '/', headers: { 'x-api-key': key } }));
  const { rate } = await measureServer({ script, job, requests });
  await requireRecorded(path, usedSql);
  return rate;
}

/** Who does not record use is not measured beside those who do. @param {string} path @param {string} usedSql */
async function requireRecorded(path, usedSql) {
  const raw = await openRaw(path);
  const { used } = raw.prepare(usedSql).get();
  raw.close();
  if (used !== setting.keys) throw new Error(`Use was stored of ${used} of ${setting.keys} keys.`);
}
