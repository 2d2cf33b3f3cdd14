import { writeFileSync } from 'node:fs';
import { beforeEach, expect, test } from 'vitest';
import { loadDriver } from '../../src/store/sqlite/driver.js';
import { Shell, textAt } from './command-line.js';

let shell: Shell;
let last: string;
beforeEach(async () => {
  shell = new Shell();
  const first = textAt(await shell.json(['key', 'create', '--name', 'first']), 'key', 'id');
  last = textAt(await shell.json(['key', 'create', '--name', 'last']), 'key', 'id');
  const { DatabaseSync } = await loadDriver();
  const database = new DatabaseSync(shell.path('keyturn.db'));
  database.prepare("update keys set metadata = '{' where id = ?").run(first);
  database.close();
  return () => shell.remove();
});

const ended = { exit: 4, stderr: expect.stringContaining('not complete: it ended after 1 key.') };

test('an export that a fault ends says so in its document, which is whole JSON', async () => {
  const ran = await shell.run(['key', 'export', '--json']);
  expect(ran).toMatchObject(ended);
  expect(ran.json()).toMatchObject({ items: [{ id: last }], code: 'store_corrupt', status: 503 });
});

test('an export of lines ends with a line that says so, and that no import takes', async () => {
  const lines = await shell.run(['key', 'export']);
  expect(lines).toMatchObject(ended);
  const [key, fault, ...more] = lines.stdout.trimEnd().split('\n');
  expect(JSON.parse(key ?? '')).toMatchObject({ id: last });
  expect(JSON.parse(fault ?? '')).toMatchObject({ code: 'store_corrupt' });
  expect(more).toEqual([]);

  const rows = await shell.run(['key', 'export', '--import-rows']);
  expect(rows).toMatchObject(ended);
  writeFileSync(shell.path('rows.jsonl'), rows.stdout);
  const other = ['--database', './other.db'];
  const taken = await shell.run(['key', 'import', 'rows.jsonl', '--from', 'jsonl', ...other]);
  expect(taken.exit).toBe(1);
  expect(taken.stdout).toMatch(/^2 rows: 1 created, .* 1 refused/m);
});

test('an export that ends before its first key is one problem, or nothing', async () => {
  const none = ['key', 'export', '--keyspace', 'none'];
  expect((await shell.run([...none, '--json'])).json()).toMatchObject({ code: 'not_found' });
  expect(await shell.run(none)).toMatchObject({ exit: 1, stdout: '' });
});

test('an export of no keys is an empty list', async () => {
  const ran = await shell.run(['key', 'export', '--keyspace', 'keyturn', '--json']);
  expect([ran.exit, ran.json()]).toEqual([0, { items: [] }]);
});
