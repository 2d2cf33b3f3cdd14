import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'vitest';
import { parse } from 'yaml';
// Types what is injected.
import type {} from '../docs/built.js';
import { root } from '../docs/page.js';
import type { DueProject, Said } from './due-project.js';

/** Where the ready parts are. */
export const PARTS = join(root, 'integrations');

/** The text of a ready part. */
export function partAt(...path: readonly string[]): string {
  return readFileSync(join(PARTS, ...path), 'utf8');
}

const texts = new Map<string, string>(); // What was printed once in a file of tests.

/** What `keyturn schedule print` prints. */
export function printed(what: string, every = '1h'): string {
  const name = `${what} ${every}`;
  const text = texts.get(name) ?? print(what, every);
  texts.set(name, text);
  return text;
}

function print(what: string, every: string): string {
  const program = join(inject('builtPackage'), 'dist/cli/main.js');
  const args = [program, 'schedule', 'print', '--for', what, '--every', every];
  const { stdout, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`schedule print --for ${what} ended with ${status}.`);
  return stdout;
}

/** The units that are printed for systemd, each by its name. */
export function printedUnits(): ReadonlyMap<string, string> {
  const [, ...parts] = printed('systemd').split(/^# \/etc\/systemd\/system\/(.+)\n/m);
  const names = parts.filter((_part, index) => index % 2 === 0);
  return new Map(names.map((name, index) => [name, `${parts[index * 2 + 1]?.trimEnd()}\n`]));
}

/** Every value of a setting of a unit. */
export function settingsOf(unit: string, name: string): readonly string[] {
  return [...unit.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(([, value = '']) => value);
}

interface Step {
  readonly id?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly 'working-directory'?: string;
}
interface Action {
  readonly inputs: Readonly<Record<string, { readonly default: string }>>;
  readonly outputs: Readonly<Record<string, { readonly value: string }>>;
  readonly runs: { readonly steps: readonly Step[] };
}

/** What GitHub would have of a run of the action. */
export interface ActionRun extends Said {
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
  /** What the stand-in for `npm` was called with. */
  readonly installed: string;
}

export function action(): Action {
  const read: Action = parse(partAt('github-action/action.yml'));
  return read;
}

/**
 * Runs the steps of the action that are scripts as GitHub's runner does: `bash -eo pipefail`, variables
 * of the step over those of the caller, and the first step that fails ends it.
 */
export async function runAction(
  project: DueProject,
  inputs: Readonly<Record<string, string>> = {},
  env: Readonly<Record<string, string>> = {},
): Promise<ActionRun> {
  const { steps } = action().runs;
  const filledIn = (text: string) =>
    text.replaceAll(/\$\{\{ inputs\.([\w-]+) \}\}/g, (_all, name: string) => {
      const declared = action().inputs[name];
      if (declared === undefined) throw new Error(`There is no input ${name}.`);
      return inputs[name] ?? declared.default;
    });
  const files = ['output', 'summary', 'npm'].map((name) => join(project.folder, `.${name}`));
  for (const file of files) writeFileSync(file, '');
  const [output = '', summary = '', npm = ''] = files;
  standInForNpm(project, npm);
  const given = {
    RUNNER_TEMP: project.folder,
    GITHUB_ACTION_PATH: join(PARTS, 'github-action'),
    GITHUB_OUTPUT: output,
    GITHUB_STEP_SUMMARY: summary,
  };
  const script = join(project.folder, '.step.sh');
  let said: Said = { exit: 0, output: '' };
  for (const step of steps.filter(({ run }) => run !== undefined)) {
    if (said.exit !== 0) break;
    writeFileSync(script, step.run ?? '');
    const own = Object.entries(step.env ?? {}).map(([name, text]) => [name, filledIn(text)]);
    const bash = ['bash', '--noprofile', '--norc', '-eo', 'pipefail', script];
    const ran = await project.run(bash, { ...given, ...env, ...Object.fromEntries(own) });
    said = { exit: ran.exit, output: said.output + ran.output };
  }
  const lines = readFileSync(output, 'utf8').split('\n').filter(Boolean);
  return {
    ...said,
    outputs: Object.fromEntries(lines.map((line) => line.split(/=(.*)/).slice(0, 2))),
    summary: readFileSync(summary, 'utf8'),
    installed: readFileSync(npm, 'utf8'),
  };
}

/** Installs what the project has in place of what a registry has, and notes what it was asked for. */
function standInForNpm({ folder }: DueProject, log: string): void {
  const bin = join(folder, 'keyturn/node_modules/.bin');
  const text = `#!/bin/sh\necho "$@" >> '${log}'\nmkdir -p '${bin}'\ncp '${folder}/bin/keyturn' '${bin}'\n`;
  writeFileSync(join(folder, 'bin/npm'), text, { mode: 0o755 });
}

/** The values that a run has GitHub hide. */
export function maskedIn({ output }: Said): readonly string[] {
  return [...output.matchAll(/^::add-mask::(.*)$/gm)].map(([, value = '']) =>
    value.replaceAll('%25', '%'),
  );
}

/** What GitHub shows of a run: it hides the values that were masked, and takes the commands for itself. */
export function shownOf(said: Said): string {
  const shown = said.output.replaceAll(/^::add-mask::.*$/gm, '');
  return maskedIn(said).reduce((text, value) => text.replaceAll(value, '***'), shown);
}
