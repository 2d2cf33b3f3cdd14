import { expect, onTestFinished, test } from 'vitest';
import { RestoreShell } from './restore-shell.js';

test('verify says why nobody can tell whether a key is valid, as the log of a server does', async () => {
  const shell = new RestoreShell();
  onTestFinished(() => shell.remove());
  const kept = await shell.make('kept');
  await shell.run(['backup', 'kept.db']);
  await shell.revoke(await shell.make('leaked'));
  expect(await shell.run(['restore', 'kept.db', '--yes'])).toMatchObject({ exit: 0 });
  const asked = await shell.verify(kept);
  expect(asked).toMatchObject({ exit: 3, stdout: '' });
  expect(asked.stderr).toContain('cannot be told now: The database is in quarantine:');
  expect(asked.stderr).toContain('keyturn quarantine show');
});
