import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeKeyturn } from '../../src/keyturn.js';
import { createDatabase, postgresOrSkip, type TestDatabase } from '../setup/postgres.js';
import { Shell, textAt } from './command-line.js';

const FILE = 'sqlite:./keyturn.db';
const FOUR_MOVES_MS = 120_000;
const KEYS = 30;

let shell: Shell;
let database: TestDatabase;
beforeEach(async (ctx) => {
  postgresOrSkip(ctx);
  shell = new Shell();
  database = await createDatabase();
  await shell.run(['migrate', '--database', database.url]);
});
afterEach(async () => {
  await shell.remove();
  await database.drop();
});

/** In this process: a command a key would take its time. */
async function issueMany(): Promise<void> {
  const database = `sqlite:${shell.path('keyturn.db')}`;
  const keyturn = await makeKeyturn({ database }, { role: 'tool' });
  for (let count = 0; count < KEYS; count += 1) await keyturn.keys.create({ name: `key ${count}` });
  await keyturn.close();
}

const moved = () => ['move', '--from', FILE, '--to', database.url, '--yes'];
const counts = async (url: string) => {
  const lists = [
    ['key', 'list', '--all'],
    ['events', 'list', '--all', '--keyspace', 'default'],
  ];
  // Processes of their own: what they say is long, and has to be read meanwhile.
  return Promise.all(
    lists.map(async (list) => (await shell.process([...list, '--json', '--database', url])).stdout),
  );
};

/** When it is killed: once it has said this. */
const MOMENTS = [/keyspaces: \d+ copied/, /\nkeys: \d+ copied/, /events: \d+ copied/];

test(
  'a move that is killed leaves a source that serves, and the next run finishes it',
  async () => {
    const made = await shell.json(['key', 'create', '--name', 'live', '--database', FILE]);
    const input = textAt(made, 'plaintext');
    await issueMany();
    const before = await counts(FILE);
    for (const moment of MOMENTS) {
      const running = shell.start(moved());
      await running.said(moment);
      running.child.kill('SIGKILL');
      await running.ended;
      const checked = await shell.run(['verify', '--database', FILE], { input });
      expect(checked).toMatchObject({ exit: 0 });
      const refused = await shell.run(['key', 'create', '--name', 'more', '--database', FILE]);
      expect(refused.exit).toBe(3);
      expect(refused.stderr).toContain('keyturn move');
      const told = await shell.run(['doctor', '--json', '--database', FILE]);
      expect(told).toMatchObject({ exit: 0, stdout: expect.stringContaining('Frozen') });
      // What is half full is used by nobody.
      const target = await shell.run(['verify', '--database', database.url], { input });
      expect(target.exit).toBe(3);
    }
    expect(await shell.run(moved())).toMatchObject({ exit: 0 });
    expect(await counts(database.url)).toEqual(before);
    const trail = await shell.run(['events', 'verify', '--database', database.url]);
    expect(trail).toMatchObject({ exit: 0 });
    expect(await shell.run(['verify', '--database', database.url], { input })).toMatchObject({
      exit: 0,
    });
    expect(await shell.run(['verify', '--database', FILE], { input })).toMatchObject({ exit: 3 });
  },
  FOUR_MOVES_MS,
);

test('a move that was killed can be given up instead', async () => {
  await shell.run(['key', 'create', '--name', 'one', '--database', FILE]);
  const running = shell.start(moved());
  await running.said(/keyspaces: \d+ copied/);
  running.child.kill('SIGKILL');
  await running.ended;
  const cancel = await shell.run(['move', '--from', FILE, '--cancel']);
  expect(cancel).toMatchObject({ exit: 0, stderr: expect.stringContaining('drop that database') });
  const filling = await shell.run(['doctor', '--json', '--database', database.url]);
  expect(filling.stdout).toContain('It is being filled');
  const made = await shell.run(['key', 'create', '--name', 'two', '--database', FILE]);
  expect(made).toMatchObject({ exit: 0 });
  expect(await shell.run(moved())).toMatchObject({ exit: 0 }); // Anew, with what came since.
  const keys = await shell.json(['key', 'list', '--database', database.url]);
  expect(JSON.stringify(keys)).toContain('"two"');
});

test('a move that was killed loses no count of the time until it is run again', async () => {
  const keyturn = await makeKeyturn({ database: `sqlite:${shell.path('keyturn.db')}` });
  const { key, plaintext } = await keyturn.keys.create({ name: 'counted' });
  const running = shell.start(moved());
  await running.said(/keyspaces: \d+ copied/);
  running.child.kill('SIGKILL');
  await running.ended;
  const standing = async () => (await keyturn.readiness()).code;
  await expect.poll(standing, { timeout: 10_000 }).toBe('store_frozen');
  for (let check = 0; check < 5; check += 1) {
    expect(await keyturn.verify({ plaintext })).toMatchObject({ valid: true });
  }
  const frozenAt = performance.now();
  await expect.poll(() => performance.now() - frozenAt, { timeout: 10_000 }).toBeGreaterThan(1_500);
  const ran = await shell.process(moved()); // A process of its own: the server has to go on.
  expect(ran).toMatchObject({ exit: 0 });
  const pauseSeconds = Number(
    /no change was taken for ([\d.]+) s/.exec(ran.stdout + ran.stderr)?.[1],
  );
  expect(pauseSeconds).toBeGreaterThan(1.5); // Since the run that was killed.
  await keyturn.close();
  const usage = ['usage', '--key', key.id, '--json', '--database', database.url];
  expect((await shell.run(usage)).json()).toMatchObject({ items: [{ total: 5 }] });
});
