import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Shell, textAt } from './command-line.js';

let shell: Shell;
beforeAll(async () => {
  shell = new Shell();
  const commands = { passing: { run: ['cat'] }, refusing: { run: ['sh', '-c', 'exit 77'] } };
  writeFileSync(shell.path('keyturn.config.json'), JSON.stringify({ probes: { commands } }));
  for (const name of ['passing', 'refusing', 'unknown']) {
    const input = `policy: ${name}\nprobe: { command: ${name} }\n`;
    await shell.run(['policy', 'apply', '-'], { input });
  }
});
afterAll(() => shell.remove());

async function keyOf(policy: string): Promise<string> {
  const made = await shell.json(['key', 'create', '--name', policy, '--policy', policy]);
  return textAt(made, 'key', 'id');
}

async function shown(key: string): Promise<string> {
  const list = await shell.json(['rotation', 'list', '--key', key]);
  return (await shell.run(['rotation', 'show', textAt(list, 'items', 0, 'id')])).stdout;
}

describe('a command of the configuration that tries new secrets', () => {
  test('is told of before, and after it has passed', async () => {
    const key = await keyOf('passing');
    const dry = await shell.run(['key', 'rotate', key, '--dry-run']);
    expect(dry.stdout).toContain('  probe: command passing, ready\n');
    expect(await shell.run(['key', 'rotate', key])).toMatchObject({ exit: 0 });
    expect(await shown(key)).toMatch(/^probe +passed, command passing$/m);
  });

  test('keeps a secret that it refuses from being shown, and is told of', async () => {
    const key = await keyOf('refusing');
    const rotated = await shell.run(['key', 'rotate', key]);
    expect(rotated).toMatchObject({ exit: 1, stdout: '' });
    const refused = 'The command "refusing" says that the new secret is refused (EX_NOPERM).';
    expect(rotated.stderr).toContain(refused);
    expect(await shown(key)).toContain(`waiting, command refusing; ${refused}\n`);
  });

  test('is told to be unknown where the configuration has it not', async () => {
    const dry = await shell.run(['key', 'rotate', await keyOf('unknown'), '--dry-run']);
    expect(dry.stdout).toMatch(/probe: command unknown, cannot be run: .*"probes\.commands"/);
    const { stdout } = await shell.run(['config', 'print']);
    expect(stdout).toMatch(/^probes +\{"commands":.*\} +.*keyturn\.config\.json$/m);
  });
});
