// Starts what is measured in processes of its own, asks them, and ends them all.
import { fork } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const ANSWER_MS = 110_000; // Longer than any one step of a row takes; then it hangs.
const GOODBYE_MS = 10_000;

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();
process.on('exit', stopAll);

/** After a row, so that one that failed leaves nothing behind. */
export function stopAll() {
  for (const child of running) child.kill('SIGKILL');
}

/**
 * A process of ours that answers questions; `./answering.js` is its side.
 * @typedef {object} Started
 * @property {(question: unknown) => Promise<any>} ask one at a time
 * @property {() => Promise<void>} stop lets it close what it has open
 */

/**
 * Starts a script, and hands it its job.
 * @param {string} script below bench/, or a file URL
 * @param {unknown} job
 * @param {readonly string[]} nodeArguments
 * @returns {Promise<Started & { readonly hello: any }>} `hello`: what it said when it was ready
 */
export async function start(script, job, nodeArguments = []) {
  const path = fileURLToPath(new URL(script, new URL('..', import.meta.url)));
  const child = fork(path, { execArgv: [...nodeArguments], serialization: 'advanced' });
  running.add(child);
  child.once('exit', () => running.delete(child));
  const ask = (/** @type {unknown} */ question) => answerOf(child, script, question);
  const hello = await ask(job);
  return { hello, ask, stop: () => stopped(child) };
}

/**
 * Starts a script for one answer.
 * @param {string} script
 * @param {unknown} job
 * @param {readonly string[]} nodeArguments
 */
export async function runOnce(script, job, nodeArguments = []) {
  const { hello, stop } = await start(script, job, nodeArguments);
  await stop();
  return hello;
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @param {string} script
 * @param {unknown} question
 * @returns {Promise<any>}
 */
function answerOf(child, script, question) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => fail('did not answer in time'), ANSWER_MS);
    const settle = () => {
      clearTimeout(timer);
      child.off('message', hear).off('exit', end);
    };
    const fail = (/** @type {string} */ why) => {
      settle();
      child.kill('SIGKILL');
      reject(new Error(`bench/${script} ${why}`));
    };
    const hear = (/** @type {any} */ message) => {
      if ('fault' in message) return fail(`failed: ${message.fault}`);
      settle();
      return resolve(message.answer);
    };
    const end = (/** @type {number | null} */ code) => fail(`ended too early, with ${code}`);
    child.on('message', hear).on('exit', end);
    child.send({ question });
  });
}

/** @param {import('node:child_process').ChildProcess} child @returns {Promise<void>} */
function stopped(child) {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), GOODBYE_MS);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
    child.disconnect();
  });
}
