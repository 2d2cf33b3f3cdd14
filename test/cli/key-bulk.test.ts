import { afterAll, beforeAll, expect, test } from 'vitest';
import { Shell } from './command-line.js';

let shell: Shell;
const ids: string[] = [];
beforeAll(async () => {
  shell = new Shell();
  for (const name of ['a', 'b', 'c']) {
    const create = ['key', 'create', '--name', name, '--tag', 'old', '--json'];
    ids.push(JSON.parse((await shell.run(create)).stdout).key.id);
  }
});
afterAll(() => shell.remove());

test('many keys are named by their ids, and what becomes of each is said', async () => {
  const [first = '', second = ''] = ids;
  const tried = await shell.run(['key', 'bulk', 'disable', first, second, 'key_no', '--dry-run']);
  expect(tried.exit).toBe(1);
  expect(tried.stdout).toContain(`${first}  would  a  It is refused until it is enabled.`);
  expect(tried.stdout).toContain('key_no  refused');
  expect(tried.stderr).toContain('This was a dry run: nothing was changed.');
  const done = await shell.run(['key', 'bulk', 'disable', first, second, '--yes']);
  expect(done).toMatchObject({ exit: 0 });
  expect(done.stderr).toContain('2 of 2 keys.');
  expect(await shell.json(['key', 'show', second])).toMatchObject({ state: 'disabled' });
});

test('many keys are named by what they have', async () => {
  const tag = ['key', 'bulk', 'tag', '--tag', 'old', '--set', 'seen', '--yes'];
  expect(await shell.json(tag)).toMatchObject({
    items: [{ outcome: 'done' }, { outcome: 'done' }, { outcome: 'done' }],
    totals: { would: 0, done: 3, unchanged: 0, refused: 0 },
  });
  expect(await shell.json(['key', 'list', '--tag', 'seen'])).toMatchObject({
    items: [{ name: 'c' }, { name: 'b' }, { name: 'a' }],
  });
  const nobody = await shell.run(['key', 'bulk', 'disable', '--search', 'nothing', '--yes']);
  expect(nobody.exit).toBe(1);
  expect(nobody.stderr).toContain('No key is so: nothing was changed.');
});

test('who answers no changes nothing', async () => {
  const asked = await shell.run(['key', 'bulk', 'revoke', ids[2] ?? ''], { input: 'no\n' });
  expect(asked.exit).not.toBe(0);
  expect(await shell.json(['key', 'show', ids[2] ?? ''])).toMatchObject({ state: 'active' });
});

test.each([
  [[], 'Name keys by their ids, or by'],
  [['key_x', '--owner', 'acme'], 'Name keys by their ids, or by'],
])('never all keys are meant because nothing was said: %o', async (more, told) => {
  const ran = await shell.run(['key', 'bulk', 'revoke', ...more, '--yes']);
  expect(ran.exit).toBe(2);
  expect(ran.stderr).toContain(told);
});
