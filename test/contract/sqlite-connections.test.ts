import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemPorts } from '../../src/ports.js';
import { connect } from '../../src/store/sqlite/connection.js';
import { loadDriver } from '../../src/store/sqlite/driver.js';
import { openSqlite } from '../../src/store/sqlite/open.js';
import { inNewKeyspace } from './build.js';

const TRANSACTIONS_A_TURN = 4; // As in src/store/sqlite/dialect.ts.
const FULL = 2; // https://sqlite.org/pragma.html#pragma_synchronous

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keyturn-connections-'));
  path = join(folder, 'keyturn.db');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a connection to a SQLite file', () => {
  test('loses nothing with the power, holds nobody up and keeps references whole', async () => {
    // The first makes the file, the second finds it.
    for (const _connection of ['first', 'second']) {
      const database = await connect(await loadDriver(), path, systemPorts().timers);
      const settings = ['synchronous', 'journal_mode', 'foreign_keys', 'busy_timeout'].map((name) =>
        database.prepare(`pragma ${name}`).get(),
      );
      expect(settings).toEqual([
        { synchronous: FULL },
        { journal_mode: 'wal' },
        { foreign_keys: 1 },
        { timeout: 5 },
      ]);
      database.close();
    }
  });

  test('lets other processes have the file after every fourth transaction', async () => {
    const ports = systemPorts();
    const pauses: number[] = [];
    const sleep = (durationMs: number) => {
      pauses.push(durationMs);
      return Promise.resolve();
    };
    const timers = { ...ports.timers, sleep };
    const store = await openSqlite({
      url: `sqlite:${path}`,
      role: 'tool',
      ports: { ...ports, timers },
    });
    pauses.length = 0;
    const transactionCount = 10 * TRANSACTIONS_A_TURN;
    for (let count = 0; count < transactionCount; count += 1) await inNewKeyspace(store);
    await store.close();
    expect(pauses).toHaveLength(transactionCount / TRANSACTIONS_A_TURN);
    expect(Math.min(...pauses)).toBeGreaterThan(0);
  });
});
