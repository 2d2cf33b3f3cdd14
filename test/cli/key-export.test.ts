import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createKeyturn } from '../../src/index.js';
import { aForeignKey, aRow, prefixOf, saltedOf } from '../contract/import-rows.js';
import { Shell, textAt } from './command-line.js';

let shell: Shell;
beforeEach(() => {
  shell = new Shell();
});
afterEach(() => shell.remove());

async function make(...more: readonly string[]) {
  const made = await shell.json(['key', 'create', '--name', 'Acme CI', ...more]);
  return { id: textAt(made, 'key', 'id'), plaintext: textAt(made, 'plaintext') };
}

async function makeMonthly() {
  const keyturn = await createKeyturn({ database: `sqlite:${shell.path('keyturn.db')}` });
  await keyturn.policies.create({ name: 'monthly' });
  await keyturn.close();
  return make('--policy', 'monthly');
}

const linesOf = (text: string): Record<string, unknown>[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

test('an export holds everything of each key, and nothing that authenticates', async () => {
  const narrow = ['--scope', 'a:b', '--address', '203.0.113.0/24', '--metadata', '{"a":1}'];
  const { id, plaintext } = await make(...narrow);
  await shell.run(['key', 'disable', id, '--reason', 'looked odd']);
  const ran = await shell.run(['key', 'export']);
  expect(ran.exit).toBe(0);
  expect(linesOf(ran.stdout)).toEqual([
    expect.objectContaining({
      ...{ id, keyspace: 'default', name: 'Acme CI', state: 'disabled', stateReason: 'looked odd' },
      ...{ scopes: ['a:b'], metadata: { a: 1 }, restrictions: { addresses: ['203.0.113.0/24'] } },
      secrets: [expect.objectContaining({ scheme: 'sha256', digest: expect.any(String) })],
    }),
  ]);
  expect(ran.stdout).not.toContain(plaintext);
  expect(await shell.json(['key', 'export'])).toMatchObject({ items: [{ id }] });
  expect(await shell.run(['key', 'export', '--keyspace', 'keyturn'])).toMatchObject({
    exit: 0,
    stdout: '',
  });
  expect(await shell.run(['key', 'export', '--keyspace', 'none'])).toMatchObject({ exit: 1 });
});

test('what was exported as rows is imported as the same keys', async () => {
  const [live, revoked] = [await make('--owner', 'acme', '--scope', 'a:b'), await make()];
  await shell.run(['key', 'revoke', revoked.id, '--yes']);
  const rows = await shell.run(['key', 'export', '--import-rows']);
  expect(rows.exit).toBe(0);
  writeFileSync(shell.path('rows.jsonl'), rows.stdout);
  const other = ['--database', './other.db'];
  const ran = await shell.run(['key', 'import', 'rows.jsonl', '--from', 'jsonl', ...other]);
  expect(ran.exit).toBe(0);
  const verify = (input: string, ...more: readonly string[]) =>
    shell.run(['verify', ...more, ...other], { input });
  expect(await verify(live.plaintext, '--scope', 'a:b')).toMatchObject({ exit: 0 });
  expect(await verify(revoked.plaintext)).toMatchObject({ exit: 1 });
});

test('rows say why a key is in its state, and who has made one is told', async () => {
  const { id } = await make('--owner', 'acme');
  const keyturn = await createKeyturn({ database: `sqlite:${shell.path('keyturn.db')}` });
  const made = await keyturn.keys.create({ keyspace: 'keyturn', name: 'root', scopes: ['*'] });
  const verdict = await keyturn.verify({ plaintext: made.plaintext, keyspace: 'keyturn' });
  if (!verdict.valid) throw new Error('The management key was refused.');
  const actor = { kind: 'management_key', id: made.key.id } as const;
  const caller = { actor, key: verdict.key };
  await keyturn.as(caller).keys.create({ name: 'of root' });
  await keyturn.close();
  await shell.run(['key', 'disable', id, '--reason', 'looked odd']);
  const rows = await shell.run(['key', 'export', '--import-rows']);
  expect(rows.stderr).toContain(`${made.key.id} (1 key). There, who imports them has.`);
  writeFileSync(shell.path('rows.jsonl'), rows.stdout);
  const other = ['--database', './other.db'];
  const take = ['key', 'import', 'rows.jsonl', '--from', 'jsonl', ...other];
  expect(await shell.run(take)).toMatchObject({ exit: 0 });
  expect(await shell.json(['key', 'list', '--state', 'disabled', ...other])).toMatchObject({
    items: [{ name: 'Acme CI', owner: 'acme', stateReason: 'looked odd' }],
  });
  expect((await shell.run(take)).stdout).toMatch(/^2 rows: 0 created, 2 unchanged/m);
  const [first = '', ...rest] = rows.stdout.trimEnd().split('\n');
  const changed = [first, ...rest].map((row) => row.replace('looked odd', 'left'));
  writeFileSync(shell.path('rows.jsonl'), changed.join('\n'));
  expect((await shell.run(take)).stdout).toContain('with another stateReason');
});

test('an export says on what terms a key is, where it came from, and when its old secret is out', async () => {
  const { id } = await makeMonthly();
  await shell.json(['key', 'rotate', id, '--overlap', '7d']);
  const foreign = aForeignKey();
  writeFileSync(
    shell.path('old.jsonl'),
    JSON.stringify(aRow(foreign, { hash: saltedOf(foreign) })),
  );
  await shell.json(['key', 'import', 'old.jsonl', '--from', 'jsonl']);
  const ran = await shell.run(['key', 'export']);
  const [imported, rotated] = linesOf(ran.stdout);
  expect(rotated).toMatchObject({
    ...{ id, policy: 'monthly', origin: null },
    secrets: [
      { state: 'retiring', deadline: expect.stringMatching(/^20.*Z$/), brownout: null },
      { state: 'current', deadline: null },
    ],
  });
  expect(imported).toMatchObject({
    policy: null,
    origin: {
      sourceId: expect.stringMatching(/^[\w-]{43}$/),
      fingerprint: expect.stringMatching(/^[\w-]{43}$/),
      lookup: prefixOf(foreign),
    },
  });
  expect(ran.stdout).not.toContain(foreign);
});

test('rows of imported keys hold their hash, and a policy that no row names is told', async () => {
  const { id } = await makeMonthly();
  const [salted, direct] = [aForeignKey(), aForeignKey()];
  const old = [aRow(salted, { hash: saltedOf(salted) }), aRow(direct)];
  writeFileSync(shell.path('old.jsonl'), old.map((row) => JSON.stringify(row)).join('\n'));
  await shell.json(['key', 'import', 'old.jsonl', '--from', 'jsonl']);
  const rows = await shell.run(['key', 'export', '--import-rows']);
  expect(rows).toMatchObject({ exit: 0, stderr: expect.stringContaining(`${id} (monthly)`) });
  expect(linesOf(rows.stdout)).toHaveLength(3);
  writeFileSync(shell.path('rows.jsonl'), rows.stdout);
  const other = ['--database', './other.db'];
  const ran = await shell.run(['key', 'import', 'rows.jsonl', '--from', 'jsonl', ...other]);
  expect(ran).toMatchObject({ exit: 0, stdout: expect.stringMatching(/^3 rows: 3 created/m) });
  for (const input of [salted, direct]) {
    expect(await shell.run(['verify', ...other], { input })).toMatchObject({ exit: 0 });
  }
});

test('what is exported to be read is no row, and an import says which option writes rows', async () => {
  await make();
  const { stdout: input } = await shell.run(['key', 'export']);
  const into = ['key', 'import', '-', '--from', 'jsonl', '--database', './none.db'];
  const ran = await shell.run(into, { input });
  expect(ran.exit).toBe(1);
  expect(ran.stdout).toContain('keyturn key export --import-rows');
});

test('what a row cannot say is named and left out: it would be a wider key', async () => {
  const [plain, narrow] = [await make(), await make('--address', '203.0.113.0/24')];
  const ran = await shell.run(['key', 'export', '--import-rows']);
  expect(ran.exit).toBe(1);
  expect(linesOf(ran.stdout)).toEqual([expect.objectContaining({ id: plain.id })]);
  expect(ran.stderr).toContain(`1 key left out:\n  ${narrow.id}: a row says no restrictions.`);
});

test('security 15: rows keep their keyspace, and are imported into no other by themselves', async () => {
  const root = await make('--keyspace', 'keyturn', '--scope', '*');
  await shell.run(['keyspace', 'create', 'partner', '--prefix', 'part']);
  const [own, partner] = [await make(), await make('--keyspace', 'partner')];
  const rows = await shell.run(['key', 'export', '--import-rows']);
  expect(rows.exit).toBe(0);
  expect(rows.stderr).toContain(root.id);
  expect(linesOf(rows.stdout).map(({ id, keyspace }) => [id, keyspace])).toEqual([
    [partner.id, 'partner'],
    [own.id, 'default'],
  ]);
  writeFileSync(shell.path('rows.jsonl'), rows.stdout);
  const other = ['--database', './other.db'];
  const take = ['key', 'import', 'rows.jsonl', '--from', 'jsonl', ...other];
  const ran = await shell.run(take);
  expect(ran.exit).toBe(1);
  expect(ran.stdout).toContain(`${partner.id}  refused`);
  const verify = (input: string, ...more: readonly string[]) =>
    shell.run(['verify', ...more, ...other], { input });
  expect(await verify(own.plaintext)).toMatchObject({ exit: 0 });
  expect(await verify(partner.plaintext)).toMatchObject({ exit: 1 });
  // On purpose, each keyspace goes where it is sent.
  await shell.run(['keyspace', 'create', 'b2b', '--prefix', 'part', ...other]);
  expect(
    await shell.run([...take, '--keyspace', 'b2b', '--from-keyspace', 'partner']),
  ).toMatchObject({ exit: 1, stdout: expect.stringContaining(`${own.id}  refused`) });
  expect(await verify(partner.plaintext, '--keyspace', 'b2b')).toMatchObject({ exit: 0 });
  expect(await verify(partner.plaintext)).toMatchObject({ exit: 1 });
});

test('security 15: a management key is no other key, whatever a row says of it', async () => {
  const root = await make('--keyspace', 'keyturn', '--scope', '*');
  const [exported] = linesOf((await shell.run(['key', 'export', '--keyspace', 'keyturn'])).stdout);
  const sha256 = createHash('sha256').update(root.plaintext).digest('hex');
  expect(exported).toMatchObject({ keyspace: 'keyturn' });
  const asRows = [
    { id: 'named', keyspace: 'keyturn', sha256 },
    { id: 'shown', start: root.plaintext.slice(0, 12), sha256 },
    { id: 'whole', plaintext: root.plaintext },
  ];
  const other = ['--database', './other.db'];
  const take = async (rows: readonly object[], ...more: readonly string[]) => {
    writeFileSync(shell.path('rows.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    const args = ['key', 'import', 'rows.jsonl', '--from', 'jsonl', '--json', ...other, ...more];
    return (await shell.run(args)).json();
  };
  expect(await take(asRows, '--from-keyspace', 'keyturn')).toMatchObject({
    totals: { created: 0, refused: 3 },
  });
  // Of this digest nobody can know whose it is, until the key itself is sent.
  expect(await take([{ id: 'silent', sha256 }])).toMatchObject({ totals: { created: 1 } });
  const ran = await shell.run(['verify', ...other], { input: root.plaintext });
  expect(ran).toMatchObject({ exit: 1, stdout: 'refused: unknown\n' });
});
