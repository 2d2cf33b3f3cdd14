import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadDriver } from '../../src/store/sqlite/driver.js';
import { Shell } from '../cli/command-line.js';

let shell: Shell;
beforeEach(async () => {
  shell = new Shell();
  await shell.json(['keyspace', 'create', 'acme', '--prefix', 'acme']);
  await shell.json(['key', 'create', '--keyspace', 'acme', '--name', 'one']);
  const root = ['key', 'create', '--keyspace', 'keyturn', '--name', 'root', '--scope', '*'];
  await shell.run([...root, '--out', 'root.key']);
});
afterEach(() => shell.remove());

/** By somebody who can write the file. */
async function execute(...statements: readonly string[]): Promise<void> {
  const { DatabaseSync } = await loadDriver();
  const database = new DatabaseSync(shell.path('keyturn.db'));
  try {
    database.exec('pragma busy_timeout = 5000'); // A server writes to it as well.
    for (const statement of statements) database.exec(statement);
  } finally {
    database.close();
  }
}

const IN_IT = "keyspace_id = (select id from keyspaces where name = 'acme')";
const CUT = [
  `delete from events where number > 1 and ${IN_IT}`,
  `update chain_heads set number = 1, hash = (select hash from events where ${IN_IT}) where ${IN_IT}`,
];
const GONE = [
  `delete from secrets where key_id in (select id from keys where ${IN_IT})`,
  ...['keys', 'events', 'chain_heads'].map((table) => `delete from ${table} where ${IN_IT}`),
  "delete from keyspaces where name = 'acme'",
];
const ways = [
  { way: 'over the database', isFar: false },
  { way: 'over a server', isFar: true },
];

describe.each(ways)('heads that were kept, $way', ({ isFar }) => {
  let way: readonly string[];
  beforeEach(async () => {
    way = isFar ? ['--server', (await shell.serve()).url, '--key-file', 'root.key'] : [];
  });
  const verify = (...args: readonly string[]) => shell.run(['events', 'verify', ...args, ...way]);
  const keep = async () => {
    writeFileSync(shell.path('kept.json'), (await verify('--json')).stdout);
    return ['--known', 'kept.json'];
  };

  test('security 29: show what was cut off together with the head', async () => {
    const known = await keep();
    expect(await verify(...known)).toMatchObject({ exit: 0 });
    await execute(...CUT);
    expect(await verify()).toMatchObject({ exit: 0 }); // Alone, the database tells nothing.
    const ran = await verify(...known);
    expect(ran.exit).toBe(1);
    expect(ran.stderr).toContain('of keyspace acme does not verify: event 2 and all after it');
  });

  test('security 29: show a keyspace that is gone with its trail', async () => {
    const known = await keep();
    await execute(...GONE);
    expect(await verify()).toMatchObject({ exit: 0 });
    const ran = await verify(...known);
    expect(ran.exit).toBe(1);
    expect(ran.stderr).toContain('of keyspace acme does not verify: event 1 and all after it');
  });

  test('security 29: count each for itself, whichever comes first', async () => {
    const known = await keep();
    const { items } = JSON.parse((await verify('--json')).stdout);
    const acme = items.find((report: { keyspace: string }) => report.keyspace === 'acme');
    const forged = { ...acme, head: { number: 2, hash: 'A'.repeat(43) } };
    for (const list of [
      [acme, forged],
      [forged, acme],
    ]) {
      writeFileSync(shell.path('kept.json'), JSON.stringify(list));
      const ran = await verify(...known);
      expect(ran.exit).toBe(1);
      expect(ran.stderr).toContain('event 2 is not the one that was known');
    }
  });
});
