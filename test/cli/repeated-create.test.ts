import { existsSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { Shell, textAt } from './command-line.js';

test('key create refuses a repeated call that waits for the plaintext', async () => {
  const shell = new Shell();
  onTestFinished(() => shell.remove());
  const where = ['--database', 'sqlite:./keyturn.db'];
  const call = ['key', 'create', '--name', 'twice', '--idempotency-key', 'deploy-8', ...where];
  const id = textAt(await shell.json(call), 'key', 'id');
  for (const more of [[], ['--out', 'twice.key'], ['--out', 'twice.key', '--json']]) {
    const repeated = await shell.run([...call, ...more]);
    expect(repeated.exit).toBe(1);
    if (more.includes('--json')) expect(repeated.json()).toMatchObject({ replayed: true });
    else expect(repeated.stdout).toBe('');
    expect(repeated.stderr).toContain('its plaintext was shown then');
    expect(repeated.stderr.includes('twice.key was not written')).toBe(more.length > 0);
    const next = `Next: keyturn key revoke ${id} --yes --database sqlite:./keyturn.db\n`;
    expect(repeated.stderr).toContain(next);
    expect(existsSync(shell.path('twice.key'))).toBe(false);
  }
});
