import { readdirSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, test } from 'vitest';
import { loadDriver } from '../../src/store/sqlite/driver.js';
import { Shell } from './command-line.js';

const NEW = 'sqlite:./new.db';

let shell: Shell;
beforeEach(async () => {
  shell = new Shell();
  await shell.run(['key', 'create', '--name', 'a']);
  return () => shell.remove();
});

const move = (...args: readonly string[]) =>
  shell.run(['move', '--from', 'sqlite:./keyturn.db', ...args]);
const made = () => readdirSync(shell.folder).filter((name) => !name.startsWith('keyturn.db'));

describe('a move to a file that is not there leaves none behind', () => {
  test('when it is only planned, or not agreed to', async () => {
    const plan = await move('--to', NEW, '--dry-run', '--json');
    expect(plan.json()).toMatchObject({ plan: { to: `sqlite:${shell.path('new.db')}` } });
    expect(made()).toEqual([]);
    expect(await move('--to', NEW)).toMatchObject({ exit: 2 });
    expect(made()).toEqual([]);
  });

  test('when the source was moved elsewhere, which the plan says, too', async () => {
    expect(await move('--to', 'sqlite:./first.db', '--yes')).toMatchObject({ exit: 0 });
    const before = made();
    for (const how of ['--yes', '--dry-run']) {
      const refused = await move('--to', NEW, how);
      expect(refused).toMatchObject({ exit: 1, stderr: expect.stringContaining('was moved to') });
    }
    expect(made()).toEqual(before);
  });

  test('when the source cannot be moved', async () => {
    await shell.run(['backup', 'old.db']);
    await shell.run(['key', 'create', '--name', 'b']);
    await shell.run(['restore', 'old.db', '--yes']);
    const before = made();
    const refused = await move('--to', NEW, '--yes');
    expect(refused).toMatchObject({ exit: 1, stderr: expect.stringContaining('in quarantine') });
    expect(made()).toEqual(before);
  });

  test('when a row cannot be copied: the source takes changes again', async () => {
    const { DatabaseSync } = await loadDriver();
    const database = new DatabaseSync(shell.path('keyturn.db'));
    database.exec('pragma foreign_keys = off');
    database.exec("update secrets set key_id = 'key_none'");
    database.close();
    const failed = await move('--to', NEW, '--yes');
    expect(failed.exit).not.toBe(0);
    expect(made()).toEqual([]);
    expect(await shell.run(['key', 'create', '--name', 'b'])).toMatchObject({ exit: 0 });
  });

  test('but what stood there before stays', async () => {
    writeFileSync(shell.path('other.txt'), 'mine');
    const refused = await move('--to', 'sqlite:./other.txt', '--yes');
    expect(refused.exit).not.toBe(0);
    expect(made()).toEqual(['other.txt']);
  });
});

test('a move of what is not there is given up without making it', async () => {
  const cancel = await shell.run(['move', '--from', 'sqlite:./none.db', '--cancel']);
  expect(cancel).toMatchObject({ exit: 3, stderr: expect.stringContaining('nothing of Keyturn') });
  expect(made()).toEqual([]);
});
