import { readFileSync, statSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createKeyturn } from '../../src/index.js';
import { Shell, textAt } from './command-line.js';

// A rotation that somebody else has to agree to, by commands alone: each says which one comes next.

let shell: Shell;
beforeEach(() => {
  shell = new Shell();
});
afterEach(() => shell.remove());

/** A key whose rotation so many have to approve, and who may: each with a management key. */
async function approvedKey(approvers: number): Promise<string> {
  const keyturn = await createKeyturn({ database: `sqlite:${shell.path('keyturn.db')}` });
  await keyturn.policies.create({ name: 'agreed', approval: { approvers } });
  const { key } = await keyturn.keys.create({ name: 'a', policy: 'agreed' });
  await keyturn.close();
  for (const name of ['ann', 'bob', 'cid']) {
    const create = ['key', 'create', '--keyspace', 'keyturn', '--name', name, '--scope', '*'];
    await shell.run([...create, '--out', `${name}.key`]);
  }
  return key.id;
}

test('is begun, agreed to and collected as each command says', async () => {
  const id = await approvedKey(2);
  const { url } = await shell.serve();
  const as = (name: string) => ['--server', url, '--key-file', `${name}.key`];
  const dry = await shell.run(['key', 'rotate', id, '--dry-run', ...as('ann')]);
  expect(dry.stdout).toMatch(/^Waits until 2 other people have approved it\. Issues a new secret/);

  const begun = await shell.run(['key', 'rotate', id, '--out', 'first.key', ...as('ann')]);
  expect(begun).toMatchObject({ exit: 4, stdout: '' });
  const rotation = /^Rotation (\S+) /.exec(begun.stderr)?.[1] ?? '';
  const retry = `keyturn rotation retry ${rotation}`;
  expect(begun.stderr).toContain('It waits until 2 other people have approved it; so far 0.\n');
  expect(begun.stderr).toContain(`They agree by: keyturn rotation approve ${rotation}\n`);
  expect(begun.stderr).toContain(
    `collects the new secret: ${retry} --server ${url} --key-file ann`,
  );

  await shell.run(['rotation', 'approve', rotation, ...as('bob')]);
  const half = await shell.run(['rotation', 'show', rotation, ...as('bob')]);
  expect(half.stdout).toMatch(/^decide +It waits until 2 other people .* so far 1\.$/m);
  const agreed = await shell.run(['rotation', 'approve', rotation, ...as('cid')]);
  expect(agreed).toMatchObject({ exit: 0 });
  expect(agreed.stderr).toContain(`This collects the new secret: ${retry} --out FILE\n`);
  const shown = await shell.run(['rotation', 'show', rotation, ...as('ann')]);
  expect(shown.stdout).toMatch(/\[delivering\].* {3}waiting$/m);
  expect(shown.stdout).toMatch(/^decide +It is approved: whoever asked for it collects/m);

  const collect = [...retry.split(' ').slice(1), '--out', 'new.key', ...as('ann')];
  const collected = await shell.run(collect);
  expect(collected).toMatchObject({ exit: 0, stdout: '' });
  expect(collected.stderr).toContain('In new.key (mode 0600) is secret 2 of ');
  expect(collected.stderr).toContain(`keyturn rotation watch ${rotation}`);
  expect(statSync(shell.path('new.key')).mode & 0o777).toBe(0o600);
  const input = readFileSync(shell.path('new.key'), 'utf8');
  expect(await shell.run(['verify'], { input })).toMatchObject({ exit: 0 });
});

test('puts its secret where --out says, or leaves no file behind', async () => {
  const id = await approvedKey(1);
  const begun = await shell.run(['key', 'rotate', id, '--json']);
  const rotation = textAt(begun.json(), 'rotation', 'id');
  const { url } = await shell.serve();
  const over = ['--server', url, '--key-file', 'bob.key'];
  const collect = ['rotation', 'retry', rotation, '--out', 'new.key'];
  const early = await shell.run(collect);
  expect(early).toMatchObject({ exit: 1, stdout: '' });
  expect(() => statSync(shell.path('new.key'))).toThrow();
  await shell.run(['rotation', 'approve', rotation, ...over]);
  expect(await shell.run([...collect.slice(0, -1), 'bob.key'])).toMatchObject({ exit: 2 });
  const told = await shell.run([...collect, '--json', '--idempotency-key', 'once']);
  expect(told.json()).toMatchObject({ rotation: { newSecret: 2, step: 'observe' } });
  const secret = readFileSync(shell.path('new.key'), 'utf8').trim();
  expect(`${told.stdout}${told.stderr}`).not.toContain(secret);
  const again = await shell.run([...collect.slice(0, -1), 'more.key', '--idempotency-key', 'once']);
  expect(again).toMatchObject({ exit: 0, stdout: '' });
  expect(again.stderr).toContain('This call was made before');
  expect(() => statSync(shell.path('more.key'))).toThrow();
});

test('of a claim says that retry makes the link', async () => {
  const id = await approvedKey(1);
  const { url } = await shell.serve();
  const here = { env: { KEYTURN_PUBLIC_URL: 'https://keys.example.com' } };
  const begun = await shell.run(['key', 'rotate', id, '--deliver', 'claim'], here);
  expect(begun).toMatchObject({ exit: 4, stdout: '' });
  const rotation = /^Rotation (\S+) /.exec(begun.stderr)?.[1] ?? '';
  const retry = `keyturn rotation retry ${rotation} --out FILE`;
  expect(begun.stderr).toContain(`Then whoever asked for it makes the link: ${retry}\n`);
  const over = ['--server', url, '--key-file', 'bob.key'];
  const agreed = await shell.run(['rotation', 'approve', rotation, ...over]);
  expect(agreed.stderr).toContain(`This makes the link: ${retry}\n`);
  const linked = await shell.run(['rotation', 'retry', rotation, '--out', 'link'], here);
  expect(linked).toMatchObject({ exit: 0, stdout: '' });
  expect(linked.stderr).toMatch(/The link in link \(mode 0600\) shows the new secret/);
  expect(readFileSync(shell.path('link'), 'utf8')).toContain('https://keys.example.com/claim#');
});
