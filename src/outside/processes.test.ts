import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { systemProcesses } from './processes.js';

type Run = Parameters<ReturnType<typeof systemProcesses>['run']>[0];

const folder = mkdtempSync(join(tmpdir(), 'keyturn-processes-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const processes = systemProcesses({ graceMs: 100 });
const BOUNDS = { timeoutMs: 10_000, maxOutputBytes: 1_000 };

function sh(script: string, more: Partial<Run> = {}) {
  return processes.run({ argv: ['sh', '-c', script, folder], ...BOUNDS, ...more });
}

/** Whether a process runs: one that ended and is not yet asked about (a zombie) does not. */
function isRunning(id: string): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${id.trim()}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

describe('a program', () => {
  test('gets its arguments as they are, and what comes on standard input', async () => {
    const argv = ['printf', '%s|', '$HOME', '`id`', 'a b', '*', ';'];
    const printed = await processes.run({ argv, ...BOUNDS });
    expect(printed).toEqual({ kind: 'exited', code: 0, output: '$HOME|`id`|a b|*|;|' });
    expect(await sh('cat', { stdin: 'in\n' })).toMatchObject({ code: 0, output: 'in\n' });
  });

  test('has an environment of PATH and what it is told, and the root for a folder', async () => {
    const env = { TOLD: '1' };
    expect(await processes.run({ argv: ['pwd'], env, ...BOUNDS })).toMatchObject({ output: '/\n' });
    const { output } = { output: '', ...(await processes.run({ argv: ['env'], env, ...BOUNDS })) };
    expect(output).toMatch(/^PATH=[^\n]+\nTOLD=1\n$/);
  });

  test('that reads nothing ends by its own code', async () => {
    expect(await sh('exit 3', { stdin: 'x'.repeat(1_000_000) })).toMatchObject({ code: 3 });
  });

  test.each([
    ['is not there', ['no-such-program-at-all'], 'ENOENT'],
    ['may not be run', ['/etc/passwd'], 'EACCES'],
    ['cannot be told its arguments', ['true', 'a\0b'], 'EINVAL'],
    ['is not named', [], 'EINVAL'],
  ])('that %s is not started', async (_, argv, code) => {
    expect(await processes.run({ argv, ...BOUNDS })).toEqual({ kind: 'not_started', code });
  });

  test('that writes without end is ended', async () => {
    expect(await sh('yes')).toEqual({ kind: 'too_much_output' });
    expect(await sh('yes >&2 & sleep 0.05; kill $!; echo ok')).toMatchObject({ output: 'ok\n' });
  });

  test('security 23: that takes too long is ended with all that it has started', async () => {
    // Neither it nor its grandchild heeds the signal that can be handled.
    const script = `trap '' TERM; (trap '' TERM; sh -c 'echo $$ > "$0/grandchild"; exec sleep 1000' "$0") & wait`;
    expect(await sh(script, { timeoutMs: 500 })).toEqual({ kind: 'timed_out' });
    const id = readFileSync(join(folder, 'grandchild'), 'utf8');
    expect(id).toMatch(/^\d+\n$/);
    await expect.poll(() => isRunning(id)).toBe(false);
  });

  test('leaves nothing running when it ends by itself', async () => {
    expect(await sh('sleep 1000 & echo $! > "$0/left"')).toMatchObject({ code: 0 });
    const id = readFileSync(join(folder, 'left'), 'utf8');
    await expect.poll(() => isRunning(id)).toBe(false);
  });

  test('whose output is held open by one that left its group is not waited for', async () => {
    const ended = await sh('setsid sleep 1000 & echo $! > "$0/away"; sleep 0.1; echo ok');
    expect(ended).toEqual({ kind: 'exited', code: 0, output: 'ok\n' });
    process.kill(Number(readFileSync(join(folder, 'away'), 'utf8')), 'SIGKILL');
  });

  test('is found without being run', async () => {
    expect(await processes.canRun({ argv: ['sh'] })).toBe(true);
    expect(await processes.canRun({ argv: ['sh'], env: { PATH: folder } })).toBe(false);
    expect(await processes.canRun({ argv: ['/etc/passwd'] })).toBe(false);
    expect(await processes.canRun({ argv: [] })).toBe(false);
    expect(await processes.canRun({ argv: ['/'] })).toBe(false);
  });
});
