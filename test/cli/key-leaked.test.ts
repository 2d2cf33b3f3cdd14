import { afterAll, beforeAll, expect, test } from 'vitest';
import { Shell } from './command-line.js';

let shell: Shell;
beforeAll(() => {
  shell = new Shell();
});
afterAll(() => shell.remove());

/** A key under a policy, as it is created. */
async function keyOf(policy: string): Promise<string> {
  const made = await shell.run(['key', 'create', '--name', 'found', '--policy', policy]);
  expect(made.exit).toBe(0);
  return made.stdout;
}

async function withPolicy(name: string, onLeakReport: string): Promise<string> {
  const input = `policy: ${name}\nemergency: { on_leak_report: ${onLeakReport} }\n`;
  expect((await shell.run(['policy', 'apply', '-', '--yes'], { input })).exit).toBe(0);
  return await keyOf(name);
}

test('a secret that was found is reported by standard input, and looked at first', async () => {
  const input = await withPolicy('ending', 'revoke');
  const refused = await shell.run(['key', 'leaked'], { input });
  expect(refused).toMatchObject({ exit: 2, stdout: '' });
  expect(refused.stderr).toContain('--dry-run');
  const dry = await shell.run(['key', 'leaked', '--dry-run'], { input });
  expect(dry.exit).toBe(0);
  expect(dry.stdout).toContain('and current. It would be revoked for ever');
  const done = await shell.run(['key', 'leaked', '--yes', '--source', 'a scanner'], { input });
  expect(done.exit).toBe(0);
  expect(done.stderr).toContain('Revoked secret 1 of key_');
  expect(await shell.json(['key', 'leaked', '--yes'], { input })).toMatchObject({
    items: [{ result: 'known', state: 'revoked', action: 'none' }],
  });
  expect((await shell.run(['verify'], { input })).stdout).toContain('refused: revoked');
  for (const ran of [refused, dry, done]) {
    expect(ran.stdout + ran.stderr).not.toContain(input.trim());
  }
});

test('what the policy leaves to people, or cannot do, ends with what they do next', async () => {
  const told = await shell.run(['key', 'leaked', '--yes'], { input: await keyOf('default') });
  expect(told.exit).toBe(0);
  expect(told.stderr).toMatch(/Replace it: keyturn key rotate key_\w+ .*--compromised/);
  const input = await withPolicy('rotating', 'rotate');
  const stuck = await shell.run(['key', 'leaked', '--yes'], { input });
  expect(stuck.exit).toBe(4);
  expect(stuck.stderr).toContain('the key has no destination');
  expect((await shell.run(['verify'], { input })).exit).toBe(0);
});

test('what is no secret here is not found, and what is wrong is named without repeating it', async () => {
  const unknown = await shell.run(['key', 'leaked', '--yes'], { input: 'key_live_nobody' });
  expect(unknown.exit).toBe(1);
  const empty = await shell.run(['key', 'leaked', '--yes'], { input: '' });
  expect(empty.exit).toBe(2);
  const input = await keyOf('default');
  const late = ['key', 'leaked', '--yes', '--found-at', 'yesterday'];
  const wrong = await shell.run(late, { input });
  expect(wrong.exit).not.toBe(0);
  expect(wrong.stderr).toContain('is no time.');
  expect(wrong.stderr).not.toContain(input.trim());
});
