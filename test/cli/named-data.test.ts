import { afterAll, beforeAll, expect, test } from 'vitest';
import { moveMark } from '../../src/move-mark.js';
import { loadDriver } from '../../src/store/sqlite/driver.js';
import { Shell } from './command-line.js';

const WHERE = ['--database', './named.db', '--epoch-file', 'named.epoch'];
const TYPED = WHERE.join(' ');

let shell: Shell;
beforeAll(async () => {
  shell = new Shell();
  await shell.json(['key', 'create', '--name', 'first', ...WHERE]);
});
afterAll(() => shell.remove());

const run = (typed: string) => shell.run([...typed.split(' '), ...WHERE]);

/** Runs what a command says to run next, as it stands. */
const follow = (command: string) => shell.run(command.trim().split(' ').slice(1));

test('what comes next is said of the data that was named', async () => {
  const wrote = await run('backup monday.db');
  const preview = `keyturn restore monday.db --dry-run ${TYPED}`;
  expect(wrote.stderr).toContain(`mean: ${preview}\n`);
  expect(await follow(preview)).toMatchObject({ exit: 0 });
  expect((await run('keyspace create acme --prefix acme')).stderr).toContain(
    `Next: keyturn key create ${TYPED} --keyspace acme --name NAME\n`,
  );
  expect((await run('key list --search none')).stderr).toContain(`key create ${TYPED} --name NAME`);
  expect((await run('owner list')).stderr).toContain(`keyturn owner create ID ${TYPED}\n`);
  expect((await run('usage')).stderr).toContain(`keyturn usage --from 30d ${TYPED}\n`);

  const restored = await run('restore monday.db --yes');
  const show = `keyturn quarantine show ${TYPED}`;
  expect(restored.stderr).toContain(`Next: ${show}\n`);
  const seen = await run('doctor');
  expect(seen.stdout).toMatch(/^fail {2}mode /m);
  expect(seen.stderr).toContain(`Next: ${show}\n`);
  expect((await follow(show)).stdout).toContain(
    `To accept keys again: keyturn quarantine release ${TYPED} --reason R\n`,
  );
  expect(await run('quarantine release --reason seen')).toMatchObject({ exit: 0 });
});

test.each([
  {
    mode: 'frozen',
    detail: 'sqlite:./an other.db',
    next: `keyturn move --from sqlite:./named.db --to 'sqlite:./an other.db'; or stay: keyturn move --from sqlite:./named.db --cancel`,
  },
  {
    mode: 'filling',
    detail: moveMark('sqlite:./an other.db'),
    next: `keyturn move --from 'sqlite:./an other.db' --to sqlite:./named.db`,
  },
])(
  'doctor names both databases of a move that is not finished: $mode',
  async ({ mode, detail, next }) => {
    const { DatabaseSync } = await loadDriver();
    const database = new DatabaseSync(shell.path('named.db'));
    const set = database.prepare('update change_sequence set mode = ?, mode_detail = ?');
    set.run(mode, detail);
    const seen = await run('doctor');
    set.run('open', null);
    database.close();
    expect(seen.stdout).toContain(`: ${next}\n`);
  },
);
