import { copyFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Ports, systemPorts } from '../../src/ports.js';
import type { CreatedKey } from '../../src/public.js';
import type { StoreOptions } from '../../src/store/open.js';
import { isSqliteOwned, openSqlite } from '../../src/store/sqlite/open.js';
import type { Store } from '../../src/store/store.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet, until } from '../setup/fleet.js';
import { compileProgram, type Program, type Started } from '../setup/processes.js';

const POLL_MS = 1_700; // A third of the default bound, and a little.
const UNAVAILABLE = { valid: false, code: 'unavailable', retryAfter: 1 };

let top: string;
let program: Program;
beforeAll(() => {
  program = compileProgram('test/crash/store-program.ts');
  top = mkdtempSync(join(tmpdir(), 'keyturn-paths-'));
});
afterAll(async () => {
  await program.remove();
  rmSync(top, { recursive: true, force: true });
});

describe('a SQLite file with several paths', () => {
  let folder: string;
  let opened: Store[];
  beforeEach(({ task }) => {
    opened = [];
    folder = join(top, task.id);
    mkdirSync(folder);
  });
  afterEach(async () => {
    for (const store of opened) await store.close();
  });

  const optionsOf = (path: string): StoreOptions => ({
    url: `sqlite:${path}`,
    role: 'server',
    ports: impatient(),
  });

  /** A server in a process of its own. */
  async function served(path: string): Promise<Started> {
    const server = program.start('serve', `sqlite:${path}`);
    expect(await server.next()).toBe('open');
    return server;
  }

  async function serve(path: string): Promise<void> {
    opened.push(await openSqlite(optionsOf(path)));
  }

  test.each([
    ['a link to it', (file: string) => linkTo(file, `${file}-link`)],
    ['a link to a link', (file: string) => linkTo(linkTo(file, `${file}-1`), `${file}-2`)],
    [
      'a link to its folder',
      (file: string) => join(linkTo(folder, `${folder}-link`), basename(file)),
    ],
  ])('has one server, also through %s', async (_what, linkOf) => {
    const file = join(folder, 'keyturn.db');
    const link = linkOf(file);
    const first = await served(link); // It is not there yet: whoever comes first makes it.
    await expect(serve(file)).rejects.toMatchObject({ code: 'database_in_use' });
    await expect(serve(link)).rejects.toMatchObject({ code: 'database_in_use' });
    expect(await isSqliteOwned(optionsOf(file))).toBe(true);
    await first.kill();
    const second = await served(file);
    await expect(serve(link)).rejects.toMatchObject({ code: 'database_in_use' });
    await second.kill();
    await serve(file);
    expect(await isSqliteOwned(optionsOf(link))).toBe(true);
  });

  test('is refused, with the reason, where its links lead round in a circle', async () => {
    const [here, there] = [join(folder, 'here.db'), join(folder, 'there.db')];
    symlinkSync(here, there);
    symlinkSync(there, here);
    await expect(serve(here)).rejects.toMatchObject({ code: 'store_unwritable' });
  });
});

describe('a SQLite file that is replaced under a server', () => {
  let fleet: Fleet;
  let path: string;
  let made: CreatedKey;
  beforeEach(async () => {
    // One that writes nothing by itself: no change of its own makes it look.
    fleet = await startFleet({ create: createFile, roles: ['tool'] });
    path = fleet.data.url.slice('sqlite:'.length);
    made = await fleet.at(0).issue();
    expect(await fleet.at(0).verify(made)).toMatchObject({ valid: true });
  });
  afterEach(() => fleet.close());

  const failureCount = () => fleet.at(0).metric('keyturn_feed_failures');
  const isHeard = () => failureCount() > 0;

  function putBackupBack(): void {
    copyFileSync(path, `${path}.backup`);
    renameSync(path, `${path}.old`);
    renameSync(`${path}.backup`, path);
  }

  test.each([
    ['by a backup', putBackupBack],
    ['by nothing', () => renameSync(path, `${path}.old`)],
  ])('%s answers nothing more, and says what to do', async (_by, replace) => {
    const cold = await fleet.at(0).issue();
    await fleet.settle();
    await fleet.passMs(POLL_MS);
    await until('all is quiet', () => fleet.at(0).metric('keyturn_cache_age_seconds') === 0);
    replace();
    await fleet.passMs(POLL_MS);
    await until('it is seen', isHeard);
    for (const one of [made, cold]) {
      expect(await fleet.at(0).verify(one)).toMatchObject(UNAVAILABLE);
    }
    expect(await fleet.at(0).keyturn.readiness()).toMatchObject({
      ready: false,
      code: 'store_corrupt',
      detail: expect.stringMatching(/was moved, deleted or replaced.*Restart Keyturn/),
    });
  });

  test('takes no change that would be lost with the old one', async () => {
    putBackupBack();
    const { keys } = fleet.at(0).keyturn;
    await expect(keys.revoke(made.key.id)).rejects.toMatchObject({ code: 'store_corrupt' });
  });

  test('is worked on again when it is put back', async () => {
    renameSync(path, `${path}.old`);
    await fleet.passMs(POLL_MS);
    await until('it is seen', isHeard);
    renameSync(`${path}.old`, path);
    await fleet.passMs(POLL_MS);
    await until('it is back', () => failureCount() === 0);
    expect(await fleet.at(0).verify(made)).toMatchObject({ valid: true });
  });
});

function linkTo(target: string, link: string): string {
  symlinkSync(target, link);
  return link;
}

function createFile() {
  const onFile = dataKinds.find(({ name }) => name === 'sqlite');
  if (onFile === undefined) throw new Error('There is no store on a file.');
  return onFile.create();
}

/** Who waits for a lock does not wait long. */
function impatient(): Ports {
  const ports = systemPorts();
  return { ...ports, timers: { ...ports.timers, sleep: () => Promise.resolve() } };
}
