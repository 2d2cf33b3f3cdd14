import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { aForeignKey, aRow, saltedOf } from '../contract/import-rows.js';
import { Shell } from './command-line.js';

let shell: Shell;
beforeAll(() => {
  shell = new Shell();
});
afterAll(() => shell.remove());

const IMPORT = ['key', 'import', 'keys.jsonl', '--from', 'jsonl'];

function write(...rows: readonly (object | string)[]): void {
  const lines = rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row)));
  writeFileSync(shell.path('keys.jsonl'), lines.join('\n'));
}

describe('key import', () => {
  let plaintext: string;
  beforeEach(() => {
    plaintext = aForeignKey();
  });

  test('takes keys over, says what became of every row, and can be run again', async () => {
    const slow = aForeignKey();
    write(aRow(plaintext, { id: 'a' }), aRow(slow, { id: 'b', hash: saltedOf(slow), name: '' }));
    const first = await shell.run([...IMPORT, '--json']);
    expect(first).toMatchObject({ exit: 0, stderr: '' });
    expect(first.json()).toMatchObject({
      rows: [
        { row: 0, place: 'line 1', id: 'a', outcome: 'created' },
        { row: 1, place: 'line 2', id: 'b', outcome: 'created', notes: [expect.any(String)] },
      ],
      totals: { rows: 2, created: 2 },
    });
    for (const input of [plaintext, slow]) {
      expect(await shell.run(['verify'], { input })).toMatchObject({ exit: 0 });
      const found = await shell.run(['key', 'find', '--secret', '--json'], { input });
      expect(found).toMatchObject({ exit: 0 });
    }
    const again = await shell.run(IMPORT);
    expect(again).toMatchObject({
      exit: 0,
      stdout: expect.stringMatching(
        /(?:^|\n)2 rows: 0 created, 2 unchanged, 0 differ, 0 refused, 0 to be issued again\.\n$/,
      ),
    });
  });

  describe('into a keyspace of its own', () => {
    const into = ['--keyspace', 'bearers'];
    const shapes = (...texts: readonly string[]) =>
      texts.flatMap((text) => ['--foreign-shape', text]);
    const update = (...given: readonly string[]) =>
      shell.run(['keyspace', 'update', 'bearers', ...given]);
    const notesOf = async () => {
      const { notes = [] } = Object((await shell.run([...IMPORT, ...into, '--json'])).json());
      return notes;
    };

    test('says where a Bearer token is not read, and how it is', async () => {
      await shell.run(['keyspace', 'create', 'bearers', '--prefix', 'bea']);
      write({ id: 'plain', name: 'plain', plaintext });
      expect(await notesOf()).toEqual([]); // Its length is known.
      await update(...shapes('8-512,ascii'));
      const short = 'Ab3dE6gh';
      write(aRow(short, { id: 'short' }));
      expect(await notesOf()).toEqual([expect.stringContaining('"Authorization: Bearer"')]);
      expect(await shell.run(['verify', ...into], { input: short })).toMatchObject({ exit: 0 });
      await update('--scheme', 'Bearer');
      expect(await notesOf()).toEqual([]);
    });

    test('says that it looks up more than somebody had narrowed it to', async () => {
      await update(...shapes('41,base62,.'));
      write(aRow(plaintext, { id: 'open' }));
      expect(await notesOf()).toEqual([
        expect.stringMatching(/were 41,base62,\., and are 41,base62,\. \S+\. Narrow them again/),
      ]);
      expect(await notesOf()).toEqual([]);
    });
  });

  test('reports what it cannot take, and never a plaintext', async () => {
    write(
      { id: 'plain', plaintext },
      { id: 'cleartext', prefix: plaintext.split('.')[0], hash: plaintext },
      '{"id": "cut"',
      '{"id":"proto","__proto__":{"isAdmin":true}}',
      `{"id":"long","name":"${'x'.repeat(100_000)}"}`,
      { id: 'two', plaintext, sha256: 'beef' },
    );
    const ran = await shell.run([...IMPORT, '--json']);
    expect(ran.exit).toBe(1);
    const { totals } = Object(ran.json());
    expect(totals).toEqual({
      rows: 6,
      created: 1,
      unchanged: 0,
      differs: 0,
      refused: 4,
      reissue: 1,
    });
    const told = await shell.run(IMPORT);
    expect(told.stdout).toMatch(/line 2 +cleartext +to be issued again +It holds the key itself/);
    for (const text of [ran.stdout, ran.stderr, told.stdout, told.stderr]) {
      expect(text).not.toContain(plaintext);
    }
  });

  test.each(['revoked', 'disabled'])(
    'ends with 1 where the source has %s what is accepted here',
    async (state) => {
      const row = aRow(plaintext);
      write(row);
      expect(await shell.run(IMPORT)).toMatchObject({ exit: 0 });
      write({ ...row, state });
      const ran = await shell.run(IMPORT);
      expect(ran).toMatchObject({ exit: 1 });
      expect(ran.stdout).toContain(`It is ${state} there, and accepted here.`);
      const [, id = ''] = /keyturn key (?:revoke|disable) (key_\w+)/.exec(ran.stdout) ?? [];
      expect(await shell.run(['key', 'revoke', id, '--yes'])).toMatchObject({ exit: 0 });
      // The other way round nothing has to be done.
      write(row);
      expect(await shell.run(IMPORT)).toMatchObject({ exit: 0 });
    },
  );

  test('changes nothing in a dry run', async () => {
    write(aRow(plaintext));
    const ran = await shell.run([...IMPORT, '--dry-run']);
    expect(ran).toMatchObject({
      exit: 0,
      stdout: '1 row: 1 created, 0 unchanged, 0 differ, 0 refused, 0 to be issued again.\n',
      stderr: 'This was a dry run: nothing was changed.\n',
    });
    expect(await shell.run(['verify'], { input: plaintext })).toMatchObject({ exit: 1 });
  });

  test('reads standard input', async () => {
    const input = JSON.stringify(aRow(plaintext));
    const ran = await shell.run(['key', 'import', '-', '--from', 'jsonl'], { input });
    expect(ran).toMatchObject({ exit: 0 });
    expect(await shell.run(['verify'], { input: plaintext })).toMatchObject({ exit: 0 });
  });

  test('goes to the keyspace that is named', async () => {
    await shell.run(['keyspace', 'create', 'other', '--prefix', 'oth']);
    write(aRow(plaintext));
    expect(await shell.run([...IMPORT, '--keyspace', 'other'])).toMatchObject({ exit: 0 });
    expect(await shell.run([...IMPORT, '--keyspace', 'keyturn'])).toMatchObject({ exit: 1 });
    expect(await shell.run([...IMPORT, '--keyspace', 'none'])).toMatchObject({ exit: 1 });
    expect(await shell.run(['verify', '--keyspace', 'other'], { input: plaintext })).toMatchObject({
      exit: 0,
    });
  });

  test.each([
    [['key', 'import', 'keys.jsonl']],
    [['key', 'import', 'keys.jsonl', '--from', 'paper']],
    [['key', 'import', 'missing.jsonl', '--from', 'jsonl']],
    [['key', 'import']],
  ])('says what is wrong with %j', async (args) => {
    expect(await shell.run(args)).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining('Next:'),
    });
  });

  test('sends what one request cannot hold in several', async () => {
    const server = await shell.serve();
    const created = await shell.run([
      ...['key', 'create', '--keyspace', 'keyturn', '--name', 'root', '--scope', '*'],
      ...['--out', 'root.key'],
    ]);
    expect(created.exit).toBe(0);
    const keys = Array.from({ length: 450 }, aForeignKey);
    const large = aRow(aForeignKey(), { metadata: { text: 'x'.repeat(15_000) } });
    write(...keys.map((key) => aRow(key)), large);
    const remote = ['--server', server.url, '--key-file', 'root.key'];
    const ran = await shell.run([...IMPORT, ...remote]);
    expect(ran).toMatchObject({ exit: 0, stdout: expect.stringMatching(/^451 rows: 451 created/) });
    const input = keys.at(-1) ?? '';
    expect(await shell.run(['verify', ...remote], { input })).toMatchObject({ exit: 0 });
    await server.stop();
  });
});

test('a CSV of Excel, with digests that are filled up, is imported', async () => {
  const plaintext = aForeignKey();
  const digest = createHash('sha256').update(plaintext);
  const hex = digest.copy().digest('hex');
  const padded = `${digest.digest('base64url')}=`;
  const rows = ['sep=;', 'id;name;sha256', `1;Acme, CI;${padded}`, `2;Same;${hex}`].join('\r\n');
  const importing = ['key', 'import', '-', '--from', 'csv', '--json'];
  for (const more of [['--dry-run'], []]) {
    const ran = await shell.run([...importing, ...more], { input: rows });
    expect(ran.exit).toBe(1);
    expect(ran.json()).toMatchObject({ totals: { rows: 2, created: 1, refused: 1 } });
  }
  expect(await shell.run(['verify'], { input: plaintext })).toMatchObject({ exit: 0 });
});
