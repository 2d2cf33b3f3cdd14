import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createKeyturn } from '../../src/index.js';
import { makeKeyturn } from '../../src/keyturn.js';
import { systemPorts } from '../../src/ports.js';
import { HeldClock } from '../setup/held-clock.js';
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
  expect(agreed.stderr).toContain(
    `Somebody who has not approved it collects the new secret: ${retry} --out FILE\n`,
  );
  const refused = await shell.run([...retry.split(' ').slice(1), ...as('cid')]);
  expect(refused).toMatchObject({ exit: 1, stdout: '' });
  expect(refused.stderr).toContain('Whoever asked for it, or a third person, has to retry.');
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
  const begun = await shell.run(['key', 'rotate', id, '--deliver', 'claim'], here);
  expect(begun).toMatchObject({ exit: 4, stdout: '' });
  const rotation = /^Rotation (\S+) /.exec(begun.stderr)?.[1] ?? '';
  const retry = `keyturn rotation retry ${rotation} --out FILE`;
  expect(begun.stderr).toContain(`Then whoever asked for it makes the link: ${retry}\n`);
  const over = ['--server', url, '--key-file', 'bob.key'];
  const agreed = await shell.run(['rotation', 'approve', rotation, ...over]);
  expect(agreed.stderr).toContain(`Somebody who has not approved it makes the link: ${retry}\n`);
  const linked = await shell.run(['rotation', 'retry', rotation, '--out', 'link'], here);
  expect(linked).toMatchObject({ exit: 0, stdout: '' });
  expect(linked.stderr).toMatch(/The link in link \(mode 0600\) shows the new secret/);
  expect(readFileSync(shell.path('link'), 'utf8')).toContain('https://keys.example.com/claim#');
});

const DAY_MS = 86_400_000;
const here = { env: { KEYTURN_PUBLIC_URL: 'https://keys.example.com' } };

/** A key whose rotation is due since yesterday, and begun: it waits for somebody to agree to it. */
async function dueKey(deliver: 'claim' | 'destinations') {
  const clock = new HeldClock();
  clock.setByMs(-31 * DAY_MS);
  const config = { destinations: { roots: [shell.folder] } };
  writeFileSync(shell.path('keyturn.config.json'), JSON.stringify(config));
  const database = `sqlite:${shell.path('keyturn.db')}`;
  const ports = { ...systemPorts(), clock };
  const keyturn = await makeKeyturn({ database, ...config }, { role: 'tool', ports });
  const schedule = { every: '30d', mode: 'after', spread: '0s', deliver } as const;
  await keyturn.policies.create({ name: 'agreed', approval: { approvers: 1 }, schedule });
  const { key, plaintext } = await keyturn.keys.create({ name: 'a', policy: 'agreed' });
  if (deliver === 'destinations') {
    const settings = { path: shell.path('.env'), variable: 'API_KEY' };
    writeFileSync(settings.path, `API_KEY=${plaintext}\n`);
    await keyturn.destinations.create({ name: 'env', key: key.id, kind: 'dotenv', settings });
  }
  await keyturn.rotateDue(); // It is planned.
  await keyturn.close();
  expect(await shell.run(['rotate', '--due'], here)).toMatchObject({ exit: 4 });
  const rotation = textAt(await shell.json(['rotation', 'list']), 'items', 0, 'id');
  return { key: key.id, plaintext, rotation };
}

test('of a schedule is tried again by who approved it, where the secret goes to its places', async () => {
  const { plaintext, rotation } = await dueKey('destinations');
  const env = shell.path('.env');
  expect(await shell.run(['rotation', 'approve', rotation])).toMatchObject({ exit: 0 });
  rmSync(env);
  expect(await shell.run(['rotate', '--due'])).toMatchObject({ exit: 4 });
  const stuck = await shell.run(['rotation', 'show', rotation]);
  expect(stuck.stdout).toMatch(/^decide +Destination "env": .* Mend it, then retry/m);
  writeFileSync(env, `API_KEY=${plaintext}\n`);
  const retried = await shell.run(['rotation', 'retry', rotation]);
  expect(retried).toMatchObject({ exit: 0, stdout: '' });
  await shell.run(['rotate', '--due']);
  expect(await shell.json(['rotation', 'show', rotation])).toMatchObject({
    step: 'observe',
    destinations: [{ name: 'env', state: 'delivered' }],
  });
  expect(readFileSync(env, 'utf8')).not.toContain(plaintext);
});

test('of a schedule shows its link to nobody who approved it, and says so', async () => {
  const { rotation } = await dueKey('claim');
  const retry = `keyturn rotation retry ${rotation}`;
  const create = ['key', 'create', '--keyspace', 'keyturn', '--name', 'ann', '--scope', '*'];
  await shell.run([...create, '--out', 'ann.key']);
  const { url } = await shell.serve();
  const over = ['--server', url, '--key-file', 'ann.key'];
  const agreed = await shell.run(['rotation', 'approve', rotation, ...over]);
  expect(agreed.stderr).toContain('retry by somebody who has not approved it makes one');
  expect(agreed.stderr).toContain(
    `Somebody who has not approved it makes the link: ${retry} --out FILE\n`,
  );
  const refused = await shell.run(['rotation', 'retry', rotation, ...over]);
  expect(refused).toMatchObject({ exit: 1, stdout: '' });
  expect(refused.stderr).toContain(
    'You have approved it, and who approves is not shown a link to the secret. Another person has to retry.',
  );
  const linked = await shell.run(['rotation', 'retry', rotation, '--out', 'link'], here);
  expect(linked).toMatchObject({ exit: 0, stdout: '' });
  expect(readFileSync(shell.path('link'), 'utf8')).toContain('https://keys.example.com/claim#');
});

test('is not said to have been shown where it was taken back, by who repeats the call', async () => {
  const id = await approvedKey(1);
  const rotate = ['key', 'rotate', id, '--idempotency-key', 'once'];
  const begun = await shell.run(rotate);
  expect(begun).toMatchObject({ exit: 4, stdout: '' });
  const rotation = /^Rotation (\S+) /.exec(begun.stderr)?.[1] ?? '';
  await shell.run(['rotation', 'abort', rotation, '--yes']);
  const again = await shell.run(rotate);
  expect(again).toMatchObject({ exit: 1, stdout: '' });
  expect(again.stderr).toContain(
    `its rotation ${rotation} was taken back since: secret 1 is as it was. To rotate it now, give another`,
  );
});
