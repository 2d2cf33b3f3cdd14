import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { aForeignKey } from '../../contract/import-rows.js';
import { Shell } from '../command-line.js';

let shell: Shell;
beforeAll(() => {
  shell = new Shell();
});
afterAll(() => shell.remove());

/** As the sources write them: permissions with capitals. */
const sources = [
  {
    from: 'better-auth',
    record: (key: string) => ({ id: 'ba', key, permissions: { apiKeys: ['read'] } }),
    scope: 'apiKeys:read',
  },
  {
    from: 'unkey',
    record: (key: string) => ({
      keyId: key.slice(-9),
      plaintext: key,
      permissions: ['docs.readAll'],
    }),
    scope: 'docs:readAll',
  },
  {
    from: 'jsonl',
    record: (key: string) => ({ id: 1, plaintext: key, scopes: ['Docs:Read', 'docs:write'] }),
    scope: 'Docs:Read',
  },
];

describe('scopes with capitals', () => {
  test.each(sources)('of $from are named, and come along small when told so', async (source) => {
    const { from, record, scope } = source;
    const plaintext = aForeignKey();
    writeFileSync(shell.path('keys'), JSON.stringify([{ ...record(plaintext), name: from }]));
    const importing = ['key', 'import', 'keys', '--from', from];
    const refused = await shell.run(importing);
    expect(refused).toMatchObject({ exit: 1 });
    expect(refused.stdout).toContain(`has scopes with capitals (${scope})`);
    expect(refused.stdout).toContain('--lower-scopes');

    const taken = await shell.run([...importing, '--lower-scopes']);
    expect(taken).toMatchObject({ exit: 0 });
    expect(taken.stdout).toContain(`Its scopes are written in small letters now: ${scope}.`);
    const small = ['--scope', scope.toLowerCase()];
    expect(await shell.run(['verify', ...small], { input: plaintext })).toMatchObject({ exit: 0 });
    expect((await shell.run([...importing, '--lower-scopes'])).stdout).toContain('1 unchanged');
  });

  test('are refused where two would become one, whichever comes first', async () => {
    for (const order of [
      ['Docs:read', 'docs:read'],
      ['docs:read', 'Docs:read'],
    ]) {
      const rows = order.map((scope) => ({ id: scope, plaintext: aForeignKey(), scopes: [scope] }));
      writeFileSync(shell.path('keys'), JSON.stringify(rows));
      const importing = ['key', 'import', 'keys', '--from', 'jsonl', '--lower-scopes', '--dry-run'];
      const { stdout, exit } = await shell.run(importing);
      expect(exit).toBe(1);
      expect(stdout).toContain(
        `differs from another in the source by capitals alone (${order[1]})`,
      );
    }
  });

  test('are never shown where they may be a key in the wrong column', async () => {
    const key = `Secret${'x'.repeat(20)}`;
    writeFileSync(shell.path('keys'), JSON.stringify([{ id: 1, sha256: 'beef', scopes: [key] }]));
    const { stdout } = await shell.run(['key', 'import', 'keys', '--from', 'jsonl']);
    expect(stdout).toContain('has scopes with capitals (1 of them)');
    expect(stdout).not.toContain(key);
  });

  test('are refused by their fault where a key is made, too', async () => {
    const making = ['key', 'create', '--name', 'CI', '--scope', 'apiKeys:read'];
    expect((await shell.run(making)).stderr).toContain('has capitals. Write it in small letters');
  });
});
