// The step of action.yml: runs keyturn once, and says what came of it as GitHub has it (outputs, a summary, an exit
// code). Settings come as variables from the caller's `env`; what is secret in them is masked first.
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';

const NEEDS_PERSON = 4; // keyturn's exit code.
const WRONG = 2;
const MAX_ROWS = 100; // Of the summary, which GitHub cuts at 1 MiB.
const MAX_BYTES = 64 * 1024 * 1024; // Of a report.
const STUCK = ['not_started', 'needs_operator'];

const { env } = process;
const { PERSON_NEEDED: personNeeded = 'fail', DRY_RUN: dryRun = 'false' } = env;

process.exitCode = main();

function main() {
  const fault = faultOfInputs();
  if (fault !== undefined) return say('error', fault, WRONG);
  for (const secret of secretsIn(env.KEYTURN_DATABASE ?? '')) say('add-mask', secret);
  const { exitCode, report } = run();
  output('exit-code', exitCode);
  if (report === undefined) {
    return say(
      'error',
      `keyturn rotate --due ended with ${exitCode}. Its reason stands above.`,
      exitCode || 1,
    );
  }
  for (const [name, count] of Object.entries(countsOf(report))) output(name, count);
  output('needs-person', report.needsOperator);
  summarise(report);
  if (exitCode !== NEEDS_PERSON) return exitCode;
  const { stuck } = countsOf(report);
  const text = `A person is needed for ${stuck} of the API keys. Next: keyturn rotation list --open`;
  return personNeeded === 'warn' ? say('warning', text, 0) : say('error', text, NEEDS_PERSON);
}

function faultOfInputs() {
  if (!['fail', 'warn'].includes(personNeeded)) return 'person-needed takes fail or warn.';
  if (!['true', 'false'].includes(dryRun)) return 'dry-run takes true or false.';
  if (!env.KEYTURN_DATABASE) {
    return 'Set KEYTURN_DATABASE in the env of the step, from a secret. A running server rotates by itself.';
  }
}

/** The address, and the password in it as it is spelled and as it is meant. */
function secretsIn(database) {
  const [, password = ''] = /^[a-z]+:\/\/[^/@]*?:([^/]*)@/.exec(database) ?? [];
  return [database, password, decoded(password)].filter(
    (text) => text !== '' && !text.includes('\n'),
  );
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function run() {
  const program = join(env.RUNNER_TEMP ?? '', 'keyturn/node_modules/.bin/keyturn');
  const args = ['rotate', '--due', '--json', ...(dryRun === 'true' ? ['--dry-run'] : [])];
  const { PERSON_NEEDED, DRY_RUN, ...own } = env;
  // What it says is no command to GitHub, whatever a key is called.
  const token = randomUUID();
  process.stdout.write(`::stop-commands::${token}\n`);
  const stdio = ['ignore', 'pipe', 'inherit'];
  const ran = spawnSync(program, args, { env: own, stdio, encoding: 'utf8', maxBuffer: MAX_BYTES });
  process.stdout.write(`::${token}::\n`);
  if (ran.error !== undefined) say('error', `keyturn could not be started: ${ran.error.code}.`);
  return { exitCode: ran.status ?? 1, report: reportIn(ran.stdout ?? '') };
}

function reportIn(text) {
  try {
    const report = JSON.parse(text);
    return Array.isArray(report?.items) ? report : undefined;
  } catch {
    return undefined;
  }
}

function countsOf({ items }) {
  const count = (...whats) => items.filter(({ what }) => whats.includes(what)).length;
  return {
    started: count('started'),
    moved: count('moved'),
    waiting: count('waits'),
    told: count('told'),
    stuck: count(...STUCK),
  };
}

function summarise({ items, dryRun: isDry }) {
  const lines = [`### API keys that are due${isDry ? ' (a dry run: nothing was begun)' : ''}`, ''];
  if (items.length === 0) lines.push('Nothing is due, and no rotation moved.');
  else lines.push('| what | key | name | rotation | detail |', '| --- | --- | --- | --- | --- |');
  // Those who wait for a person come first.
  const sorted = items.toSorted(
    (a, b) => Number(STUCK.includes(b.what)) - Number(STUCK.includes(a.what)),
  );
  for (const { what, key, name, rotation, detail } of sorted.slice(0, MAX_ROWS)) {
    const cells = [what.replaceAll('_', ' '), key, name, rotation ?? '', detail].map(asText);
    lines.push(`| ${cells.join(' | ')} |`);
  }
  if (items.length > MAX_ROWS) lines.push('', `And ${items.length - MAX_ROWS} more.`);
  if (env.GITHUB_STEP_SUMMARY) appendFileSync(env.GITHUB_STEP_SUMMARY, `${lines.join('\n')}\n`);
}

/** A name is text: no markup, no link, no other cell. */
function asText(text) {
  return text.replaceAll(/[^\p{L}\p{N} _.,:;-]/gu, (sign) => `&#${sign.codePointAt(0)};`);
}

function output(name, value) {
  if (env.GITHUB_OUTPUT) appendFileSync(env.GITHUB_OUTPUT, `${name}=${value}\n`);
}

function say(command, text, exitCode) {
  process.stdout.write(
    `::${command}::${text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')}\n`,
  );
  return exitCode;
}
