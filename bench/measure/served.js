// A row about Keyturn's own server: one route of it beside a bare server that answers the same.
import { createKeyturn } from 'keyturn';
import { openExchange } from '../load/exchange.js';
import { makeDatabase } from './database.js';
import { plaintextsOf } from './keys.js';
import { figuresOfHttp, LOAD, LOAD_GENERATOR, measureBeside } from './over-http.js';
import { start } from './processes.js';
import { wired } from './requests.js';
import { roundsOf } from './rounds.js';
import { sized } from './size.js';

// What Node writes by itself, so the bare server writes it too.
const OWN_FIELDS = ['date', 'connection', 'keep-alive', 'content-length'];

const setting = { ...LOAD, keys: sized(100, 10), rounds: sized(11, 1), database: 'SQLite' };

/**
 * @param {{ name: string, route: string }} row
 * @param {(plaintext: string, caller: string) => import('./requests.js').Request} requestOf
 * @returns {import('./figure.js').Bench}
 */
export function servedBench({ name, route }, requestOf) {
  return {
    name,
    title: `\`${route}\` on Keyturn's own server`,
    loadGenerator: LOAD_GENERATOR,
    setting,
    async run() {
      const database = await makeDatabase(setting.keys);
      const caller = await managementKey(database.url);
      const wires = plaintextsOf(database.seed, database.count).map((key) =>
        wired(requestOf(key, caller)),
      );
      const requests = () => wires;
      const ours = { script: 'targets/served.js', job: { url: database.url }, requests };
      const floor = {
        script: 'targets/bare.js',
        job: await answerOf(ours, wires[0] ?? ''),
        requests,
      };
      const rounds = await roundsOf(setting.rounds, () => measureBeside(floor, ours));
      return figuresOfHttp(rounds, {
        id: name,
        what: `\`${route}\``,
        against: 'a bare `node:http` server that parses and answers the same bytes',
        goal: { atLeast: 0.85 },
      });
    },
  };
}

/** A key that may ask about others. @param {string} url */
export async function managementKey(url) {
  const keyturn = await createKeyturn({ database: url });
  const made = await keyturn.keys.create({
    keyspace: 'keyturn',
    name: 'bench',
    scopes: ['keys:verify'],
  });
  await keyturn.close();
  return made.plaintext;
}

/**
 * What the bare server has to answer.
 * @param {import('./over-http.js').Target} target
 * @param {string} request
 */
async function answerOf(target, request) {
  const server = await start(target.script, target.job);
  const exchange = await openExchange(server.hello.port);
  const { status, text } = await exchange.askOnce(request);
  exchange.close();
  await server.stop();
  const [head = '', body = ''] = text.split('\r\n\r\n');
  if (status !== '200') throw new Error(`Keyturn answered ${text}`);
  const fields = head.split('\r\n').slice(1).map(fieldIn);
  const own = fields.filter(([name]) => !OWN_FIELDS.includes(name));
  const headers = Object.fromEntries([...own, ['content-length', String(Buffer.byteLength(body))]]);
  return { status: Number(status), headers, body };
}

/** @param {string} line @returns {[string, string]} */
function fieldIn(line) {
  const colon = line.indexOf(':');
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
}
