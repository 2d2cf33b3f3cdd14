import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compileProgram, type Program } from '../setup/processes.js';

/** Node.js has SQLite of its own from 22.13 on. */
const hasOwnSqlite = process.getBuiltinModule('node:sqlite') !== undefined;

describe('Keyturn installed without its optional packages', () => {
  let program: Program;
  let folder: string;
  beforeAll(() => {
    program = compileProgram('test/crash/store-program.ts', ['croner', 'kysely']);
    folder = mkdtempSync(join(tmpdir(), 'keyturn-drivers-'));
  });
  afterAll(async () => {
    await program.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  test('says which line to type before PostgreSQL can be used', async () => {
    expect(await program.start('serve', 'postgres://127.0.0.1/keyturn').next()).toEqual({
      code: 'dependency_missing',
      message: 'PostgreSQL needs the package pg. Run: npm install pg',
    });
  });

  test('tells an application so in its log, once', async () => {
    const told = await program.start('embed', 'postgres://127.0.0.1/keyturn').next();
    const message = 'PostgreSQL needs the package pg. Run: npm install pg';
    expect(told).toEqual({
      codes: ['unavailable', 'unavailable'],
      lines: [{ code: 'dependency_missing', message }],
    });
  });

  test('uses the SQLite of Node.js, or says which line to type', async () => {
    const told = await program.start('serve', `sqlite:${join(folder, 'keyturn.db')}`).next();
    if (hasOwnSqlite) expect(told).toBe('open');
    else {
      expect(told).toMatchObject({
        code: 'dependency_missing',
        message: expect.stringMatching(/ Run: npm install @photostructure\/sqlite$/),
      });
    }
  });
});
