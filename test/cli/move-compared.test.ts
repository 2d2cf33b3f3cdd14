import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadDriver } from '../../src/store/sqlite/driver.js';
import { Shell, textAt } from './command-line.js';

// A move ends only where what it has copied was compared, and found alike.

const FROM = 'sqlite:./keyturn.db';
const TO = 'sqlite:./new.db';

let shell: Shell;
beforeEach(() => {
  shell = new Shell();
});
afterEach(() => shell.remove());

/** What a target does to rows that it is given, as no copy would. */
const TARGETS = [
  {
    what: 'loses a row',
    trigger: `before insert on owners when new.id = 'acme' begin select raise(ignore); end`,
    said: '(owners: 2, 1)',
  },
  {
    what: "has another end of a trail's chain",
    trigger: `after insert on chain_heads begin
      update chain_heads set hash = replace(hash, substr(hash, 1, 1), '_')
      where keyspace_id = new.keyspace_id; end`,
    said: '(the end of the chain of ks_',
  },
  {
    what: 'counts its trail further than it goes',
    trigger: `after insert on chain_heads begin
      update chain_heads set number = number + 1 where keyspace_id = new.keyspace_id; end`,
    said: '(the end of the chain of ks_',
  },
  {
    what: 'has another last event of a trail',
    trigger: `after insert on events when new.type = 'owner.created' begin
      update events set hash = '_' where id = new.id; end`,
    said: '(the end of the chain of ks_',
  },
];

test.each(TARGETS)('a move into what $what is given up', async ({ trigger, said }) => {
  const made = await shell.json(['key', 'create', '--name', 'live']);
  const input = textAt(made, 'plaintext');
  for (const id of ['acme', 'other']) await shell.json(['owner', 'create', id]);
  await shell.json(['init', '--database', TO]);
  await inTarget(`create trigger meddle ${trigger}`);
  const move = ['move', '--from', FROM, '--to', TO, '--yes'];
  const refused = await shell.run(move);
  expect(refused).toMatchObject({ exit: 4, stderr: expect.stringContaining(said) });
  // The source is what it was, and what was filled is used by nobody.
  expect(await shell.run(['verify'], { input })).toMatchObject({ exit: 0 });
  expect(await shell.run(['key', 'create', '--name', 'more'])).toMatchObject({ exit: 0 });
  expect(await shell.run(['verify', '--database', TO], { input })).toMatchObject({ exit: 3 });
  await inTarget('drop trigger meddle');
  expect(await shell.run(move)).toMatchObject({ exit: 0 });
  expect(await shell.run(['verify', '--database', TO], { input })).toMatchObject({ exit: 0 });
});

test('a target that has gone on since is not opened as what was moved there', async () => {
  await shell.json(['key', 'create', '--name', 'live']);
  const move = ['move', '--from', FROM, '--to', TO, '--yes'];
  expect(await shell.run(move)).toMatchObject({ exit: 0 });
  await inTarget("update change_sequence set mode = 'filling', value = value + 5");
  const refused = await shell.run(move);
  expect(refused).toMatchObject({ exit: 1, stderr: expect.stringContaining('is not what') });
  expect(await shell.run(['key', 'list', '--database', TO])).toMatchObject({ exit: 3 });
});

test('a move that was ended between its last two steps is finished by the next run', async () => {
  const made = await shell.json(['key', 'create', '--name', 'live']);
  const input = textAt(made, 'plaintext');
  await shell.json(['init', '--database', TO]);
  // The source has said that it was moved, and the target cannot be opened any more.
  await inTarget(`create trigger ended before update on change_sequence when new.mode = 'open'
    begin select raise(abort, 'ended'); end`);
  const move = ['move', '--from', FROM, '--to', TO, '--yes'];
  expect((await shell.run(move)).exit).not.toBe(0);
  // No change can be made in either, so that none is unknown to checks in the other.
  const both = [FROM, TO].flatMap((url) => [
    shell.run(['verify', '--database', url], { input }),
    shell.run(['key', 'create', '--name', 'more', '--database', url]),
  ]);
  for (const ran of await Promise.all(both)) expect(ran).toMatchObject({ exit: 3 });
  await inTarget('drop trigger ended');
  const finished = await shell.run(move);
  expect(finished).toMatchObject({ exit: 0, stderr: expect.stringContaining('Moved, compared') });
  expect(await shell.run(['verify', '--database', TO], { input })).toMatchObject({ exit: 0 });
  expect(await shell.run(['events', 'verify', '--database', TO])).toMatchObject({ exit: 0 });
  expect(await shell.run(['verify'], { input })).toMatchObject({ exit: 3 });
});

async function inTarget(statement: string): Promise<void> {
  const { DatabaseSync } = await loadDriver();
  const database = new DatabaseSync(shell.path('new.db'));
  try {
    database.exec(statement);
  } finally {
    database.close();
  }
}
