import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { aForeignKey, aRow } from '../../contract/import-rows.js';
import { Shell } from '../command-line.js';

const IMPORT = ['key', 'import', 'keys.jsonl', '--from', 'jsonl'];
/** Separators of the nine kinds of keys that the keyspace knows: it may know ten. */
const NINE = [...'!#$%&*+-/'];

let shell: Shell;
let remote: readonly string[];
beforeAll(async () => {
  shell = new Shell();
  const server = await shell.serve();
  const root = ['key', 'create', '--keyspace', 'keyturn', '--name', 'root', '--scope', '*'];
  await shell.run([...root, '--out', 'root.key']);
  remote = ['--server', server.url, '--key-file', 'root.key'];
});
afterAll(() => shell.remove());

function write(...rows: readonly (object | string)[]): void {
  const lines = rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row)));
  writeFileSync(shell.path('keys.jsonl'), lines.join('\n'));
}

describe.each([
  ['a database', () => []],
  ['a server', () => remote],
])('an import into %s', { timeout: 120_000 }, (name, more) => {
  let where: readonly string[];
  beforeEach(() => {
    where = more();
  });
  // As a process: the report is more than a stream of this one would hold.
  const take = (...args: readonly string[]) => shell.process([...IMPORT, ...args, ...where]);

  test('refuses hostile rows by themselves, and takes all the others', async () => {
    const rows = Array.from({ length: 450 }, () => JSON.stringify(aRow(aForeignKey())));
    const key = aForeignKey();
    const deep = `${'['.repeat(29)}${']'.repeat(29)}`;
    rows[220] = JSON.stringify(aRow(key)).replace('{', '{"metadata":{"__proto__":1},');
    rows[230] = JSON.stringify(aRow(aForeignKey())).replace('{', `{"metadata":{"deep":${deep}},`);
    rows[240] = JSON.stringify(aRow(aForeignKey())).replace('{', '{"tags":[{"__proto__":1}],');
    write(...rows);
    const ran = await take('--json');
    expect(ran).toMatchObject({ exit: 1, stderr: '' });
    const { totals, rows: told } = Object(ran.json());
    expect(totals).toMatchObject({ rows: 450, created: 447, refused: 3 });
    expect(told[220]).toMatchObject({ place: 'line 221', outcome: 'refused' });
    expect(told[220].reason).toContain('a field named "__proto__"');
    expect(told[449]).toMatchObject({ place: 'line 450', row: 449, outcome: 'created' });
    expect(await shell.run(['verify'], { input: key })).toMatchObject({ exit: 1 });
  });

  test('tells what was done before a fault ended it', async () => {
    const keyspace = name.replace(' ', '-');
    const shapes = NINE.flatMap((separator) => ['--foreign-shape', `8,hex,${separator}`]);
    await shell.json([
      'keyspace',
      'create',
      keyspace,
      '--prefix',
      name.replace(' ', ''),
      ...shapes,
    ]);
    const into = ['--keyspace', keyspace];
    // The last row needs an eleventh.
    const last = { id: 'last', plaintext: aForeignKey().replace('.', '') };
    write(...Array.from({ length: 1_000 }, () => aRow(aForeignKey())), last);
    const ran = await take(...into);
    expect(ran.exit).toBe(1);
    expect(ran.stdout).toMatch(/^1000 rows: 1000 created/m);
    expect(ran.stderr).toContain('It ended after 1000 rows. What was done stays done');
    expect(ran.stderr).toContain('shapes of foreign keys already');
    expect(ran.stderr).toContain('Next: ');
    const again = await take('--json', ...into);
    expect(again.exit).toBe(1);
    expect(again.json()).toMatchObject({
      code: 'state_conflict',
      rows: expect.arrayContaining([expect.objectContaining({ outcome: 'unchanged' })]),
      totals: { rows: 1_000, unchanged: 1_000 },
    });
  });

  test('promises in a dry run what the real one does, however far apart two rows stand', async () => {
    const keys = Array.from({ length: 1_500 }, aForeignKey);
    const rows = keys.map((key, at) => aRow(key, { id: `${name} apart ${at}` }));
    const [first, second, third] = rows;
    write(
      ...rows,
      { ...aRow(aForeignKey()), id: first?.id },
      { ...second, id: `${name} another id` },
      { ...third },
      { ...third, name: 'other' },
      // Its secret is taken for the first time: the row that would have had it was refused.
      { ...second, id: `${name} another id` },
    );
    const planned = await take('--dry-run', '--json');
    const done = await take('--json');
    const outcomes = (document: unknown) =>
      Object(document).rows.map(({ outcome }: { outcome: string }) => outcome);
    expect(outcomes(planned.json())).toEqual(outcomes(done.json()));
    expect(done.json()).toMatchObject({
      totals: { rows: 1_505, created: 1_500, unchanged: 1, differs: 1, refused: 3 },
    });
    expect(planned.exit).toBe(done.exit);
  });
});
