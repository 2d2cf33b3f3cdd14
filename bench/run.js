// `npm run bench` measures every row, `npm run bench -- warm cold` some. Each writes what it found
// to bench/results/, and the tables are made from there.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { verdictOf } from './measure/figure.js';
import { describeMachine } from './measure/machine.js';
import { stopAll } from './measure/processes.js';
import { isQuick } from './measure/size.js';
import { rowNames } from './rows.js';
import { formatFigure, writeTables } from './tables.js';

const RESULTS = new URL('./results/', import.meta.url);
const BUSY_LOAD = 0.5; // A machine that does other things as well measures them too.

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));
await main(process.argv.slice(2));

/** @param {readonly string[]} wanted */
async function main(wanted) {
  if (wanted.includes('--list')) return console.log(rowNames.join('\n'));
  const unknown = wanted.filter((name) => !rowNames.includes(name));
  if (unknown.length > 0) return refuse(`no row ${unknown.join(', ')}; ${rowNames.join(', ')}`);
  if (!existsSync(fileURLToPath(new URL('../dist/index.js', import.meta.url)))) {
    return refuse('there is no dist/. Run: npm run build');
  }
  warnIfBusy();
  let failedCount = 0;
  for (const name of wanted.length === 0 ? rowNames : wanted) {
    failedCount += await measureAndKeep(name).then(
      () => 0,
      (error) => complain(name, error),
    );
  }
  if (!isQuick) writeTables();
  process.exitCode = failedCount === 0 ? 0 : 1;
}

/** @param {string} name */
async function measureAndKeep(name) {
  /** @type {{ bench: import('./measure/figure.js').Bench }} */
  const { bench } = await import(`./rows/${name}.js`);
  const machine = describeMachine();
  const began = performance.now();
  console.log(`${name}: ${bench.title}`);
  const figures = await bench.run().finally(stopAll);
  for (const figure of figures) {
    console.log(`  ${figure.what}: ${formatFigure(figure)} (${verdictOf(figure)})`);
  }
  console.log(`  ${Math.round((performance.now() - began) / 1_000)} s`);
  if (isQuick) return;
  const { title, loadGenerator, setting } = bench;
  const measuredAt = new Date().toISOString();
  const result = { name, title, measuredAt, machine, loadGenerator, setting, figures };
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(new URL(`${name}.json`, RESULTS), `${JSON.stringify(result, rounded, 2)}\n`);
}

/** Digits beyond the fifth mean nothing. @param {string} _name @param {unknown} value */
function rounded(_name, value) {
  return typeof value === 'number' ? Number(value.toPrecision(5)) : value;
}

function warnIfBusy() {
  const { loadBefore, cores } = describeMachine();
  if (isQuick) console.log('BENCH_QUICK=1: these figures mean nothing, and are not kept.');
  else if (loadBefore > BUSY_LOAD * cores) {
    console.log(
      `The machine is busy (load ${loadBefore}): wait until it is idle, or trust nothing.`,
    );
  }
}

/** @param {string} name @param {unknown} error */
function complain(name, error) {
  console.error(`  ${name} failed:`, error);
  return 1;
}

/** @param {string} why */
function refuse(why) {
  console.error(`bench: ${why}`);
  process.exitCode = 2;
}
