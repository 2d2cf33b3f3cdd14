// `node bench/profile.js` runs warm checks under V8's profiler, and says in text where the time
// goes; `cold`, `express`, `fastify`, `hono`, `verify` and `authorize` are other things to run. `--keep` puts the answer
// into bench/README.md, with a flame graph beside it in bench/profiles/. The profile itself can be
// looked at in Chrome's developer tools (Performance, Load profile) and on speedscope.app.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { makeDatabase } from './measure/database.js';
import { flameGraph } from './measure/flame-graph.js';
import { plaintextsOf } from './measure/keys.js';
import { runOnce, start } from './measure/processes.js';
import { below, hottest, readProfile, treeOf } from './measure/profile-text.js';
import { wired } from './measure/requests.js';
import { managementKey } from './measure/served.js';
import { isQuick, sized } from './measure/size.js';
import { replaceBlock } from './measure/text-block.js';
import { requestOf as authorizeRequest } from './rows/authorize.js';
import { requestOf as verifyRequest } from './rows/verify.js';

const KEY_COUNT = 1_000;
const DURATION_MS = sized(5_000, 500);
const INTERVAL_MICROS = 100;
const LOOPED = ['warm', 'cold'];
const LOOP = 'contender'; // Of rounds/contenders.js: the checks, without the start and the flush.
const README = new URL('./README.md', import.meta.url);
const PROFILES = new URL('./profiles/', import.meta.url);

/** @type {Record<string, (flags: string[]) => Promise<void>>} */
const subjects = {
  warm: (flags) => inProcess('warm', flags),
  cold: (flags) => inProcess('cold', flags),
  express: (flags) => guarded('express', flags),
  fastify: (flags) => guarded('fastify', flags),
  hono: (flags) => guarded('hono', flags),
  verify: (flags) => overHttp({ script: 'targets/served.js', job: {} }, flags, verifyRequest),
  authorize: (flags) => overHttp({ script: 'targets/served.js', job: {} }, flags, authorizeRequest),
};

const [subject = 'warm'] = process.argv.slice(2).filter((text) => !text.startsWith('--'));
await main(subject, process.argv.includes('--keep'));

/** @param {string} name @param {boolean} isKept */
async function main(name, isKept) {
  const run = subjects[name];
  if (run === undefined) {
    console.error(`profile: no "${name}"; there is ${Object.keys(subjects).join(', ')}`);
    process.exitCode = 2;
    return;
  }
  const profile = await taken(name, run);
  const text = [...treeOf(profile), '', 'self, the hottest first:', ...hottest(profile)].join('\n');
  console.log(text);
  if (isKept && !isQuick) keep({ name, profile, text });
}

/** @param {string} name @param {(flags: string[]) => Promise<void>} run */
async function taken(name, run) {
  const file = `keyturn-${name}-${process.pid}.cpuprofile`;
  const interval = `--cpu-prof-interval=${INTERVAL_MICROS}`;
  await run(['--cpu-prof', `--cpu-prof-dir=${tmpdir()}`, `--cpu-prof-name=${file}`, interval]);
  if (!readdirSync(tmpdir()).includes(file)) throw new Error('No profile was written.');
  console.log(`The profile: ${join(tmpdir(), file)}\n`);
  const whole = readProfile(join(tmpdir(), file));
  return LOOPED.includes(name) ? below(whole, LOOP) : whole;
}

/** @param {{ name: string, profile: import('./measure/profile-text.js').Frame, text: string }} of */
function keep({ name, profile, text }) {
  const title = `Where the time of \`${name}\` goes`;
  const picture = `![${title}, as a flame graph](profiles/${name}.svg)`;
  const block = `profile of ${name}: made by \`node bench/profile.js ${name} --keep\``;
  const content = `${picture}\n\n\`\`\`text\n${text}\n\`\`\``;
  const page = replaceBlock(readFileSync(README, 'utf8'), block, content);
  if (page === undefined) {
    console.error(`profile: bench/README.md has no place for it. Give it one: <!-- ${block} -->`);
    process.exitCode = 1;
    return;
  }
  writeFileSync(README, page);
  mkdirSync(PROFILES, { recursive: true });
  writeFileSync(new URL(`${name}.svg`, PROFILES), flameGraph(profile, title));
}

/** @param {string} kind @param {string[]} flags */
async function inProcess(kind, flags) {
  const database = await makeDatabase(KEY_COUNT);
  await runOnce('rounds/profiled.js', { kind, database, durationMs: DURATION_MS }, flags);
}

/** @param {string} framework @param {string[]} flags */
function guarded(framework, flags) {
  const target = { script: `targets/${framework}.js`, job: { isGuarded: true } };
  return overHttp(target, flags, (key) => ({
    method: 'GET',
    path: '/reports',
    headers: { 'x-api-key': key },
  }));
}

/**
 * @param {{ script: string, job: object }} target
 * @param {string[]} flags
 * @param {(plaintext: string, caller: string) => import('./measure/requests.js').Request} requestOf
 */
async function overHttp({ script, job }, flags, requestOf) {
  const { url, seed } = await makeDatabase(KEY_COUNT);
  const caller = await managementKey(url);
  const server = await start(script, { ...job, url }, flags);
  const requests = plaintextsOf(seed, 100).map((key) => wired(requestOf(key, caller)));
  const load = await start('load/generator.js', {
    port: server.hello.port,
    requests,
    connections: 32,
  });
  await load.ask({ kind: 'closed', durationMs: DURATION_MS });
  await load.stop();
  await server.stop();
}
