import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadDriver } from '../../src/store/sqlite/driver.js';
import { Shell, textAt } from '../cli/command-line.js';
import { unpackReleaseBefore } from './release-before.js';

let before: Shell;
let now: Shell;
let remove: () => void;
beforeAll(() => {
  const release = unpackReleaseBefore();
  before = new Shell(release.main);
  now = new Shell();
  remove = release.remove;
});
afterAll(async () => {
  await Promise.all([before.remove(), now.remove()]);
  remove();
});

test('this release backs up the database of the one before, which goes on with the copy', async () => {
  const file = before.path('keyturn.db');
  const made = await before.process(['key', 'create', '--name', 'a', '--json']);
  const plaintext = textAt(made.json(), 'plaintext');
  const at = ['--database', `sqlite:${file}`];
  const version = await schemaOf(file);

  const copy = now.path('before.db');
  const said = await now.run(['backup', copy, ...at]);
  expect(said).toMatchObject({ exit: 0, stderr: expect.stringContaining('1 key, up to change 3') });
  expect(said.stderr).toContain(`Its schema is version ${version}`);
  const migrate = /keyturn (migrate --database \S+)/.exec(said.stderr)?.[1] ?? '';
  const told = await now.run(['backup', now.path('other.db'), '--json', ...at]);
  expect(told.json()).toMatchObject({ keys: 1, sequence: 3, schema: { kind: 'older', version } });
  expect([await schemaOf(file), await schemaOf(copy)]).toEqual([version, version]);

  const valid = { exit: 0, stdout: expect.stringContaining('valid') };
  const on = ['--database', `sqlite:${copy}`];
  expect(await before.process(['verify', ...on], { input: plaintext })).toMatchObject(valid);

  // Or this one puts it back, after what it said.
  expect(await now.run(migrate.split(' '))).toMatchObject({ exit: 0 });
  expect(await now.run(['restore', copy, '--yes'])).toMatchObject({ exit: 0 });
  expect(await now.run(['key', 'list'])).toMatchObject({ stdout: expect.stringContaining('a') });
});

test('a file that is none of Keyturn is not backed up, and no file is left', async () => {
  const { DatabaseSync } = await loadDriver();
  const theirs = new DatabaseSync(now.path('theirs.db'));
  theirs.exec('create table theirs (id integer)');
  theirs.close();
  const at = ['--database', `sqlite:${now.path('theirs.db')}`];
  expect(await now.run(['backup', 'copy.db', ...at])).toMatchObject({ exit: 3 });
  expect(existsSync(now.path('copy.db'))).toBe(false);
});

async function schemaOf(file: string): Promise<number> {
  const { DatabaseSync } = await loadDriver();
  const database = new DatabaseSync(file);
  const row = database
    .prepare('select max(version) as version from keyturn_schema')
    .get<{ readonly version: number }>();
  database.close();
  return row?.version ?? 0;
}
