import { afterAll, beforeAll, expect, test } from 'vitest';
import { Shell } from './command-line.js';

let shell: Shell;
beforeAll(() => {
  shell = new Shell();
});
afterAll(() => shell.remove());

test('an overview says that nothing needs a person, or what does', async () => {
  const quiet = await shell.run(['overview']);
  expect(quiet).toMatchObject({ exit: 0, stderr: '' });
  expect(quiet.stdout).toContain('Nothing needs a person now.');
  const create = ['key', 'create', '--name', 'Acme CI', '--expires', '3d', '--json'];
  const { key } = JSON.parse((await shell.run(create)).stdout);
  const seen = await shell.run(['overview']);
  expect(seen.stdout).toContain(`1 expiring within 14 days:\n  ${key.id} (Acme CI) at `);
  expect(seen.stdout).toContain('Open rotations: 0. See them: keyturn rotation list --open');
  expect(await shell.json(['overview', '--keyspace', 'default'])).toMatchObject({
    keyspace: 'default',
    keys: { expiring: { count: 1, items: [{ key: key.id, name: 'Acme CI' }] } },
  });
  const nowhere = await shell.run(['overview', '--keyspace', 'nowhere']);
  expect(nowhere.exit).toBe(1);
});
