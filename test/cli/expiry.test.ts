import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeKeyturn } from '../../src/keyturn.js';
import { systemPorts } from '../../src/ports.js';
import { HeldClock } from '../setup/held-clock.js';
import { startMailServer } from '../setup/mail-server.js';
import { Shell } from './command-line.js';

const DAY_MS = 86_400_000;
const UNHEARD = 'policy: swept\nexpiry: { max_age: 90d, unused: 40d, grace: 10d }\n';
const FILE = `${UNHEARD}notify: { channels: [ops] }\n`;
const OPS = { name: 'ops', kind: 'mail', addresses: ['ops@acme.example'] } as const;

let shell: Shell;
beforeEach(() => {
  shell = new Shell();
});
afterEach(() => shell.remove());

/** A key that was made 100 days ago and never used; people were warned of it 50 days ago. */
async function warnedKey(file = FILE): Promise<string> {
  const clock = new HeldClock();
  clock.setByMs(-100 * DAY_MS);
  const database = `sqlite:${shell.path('keyturn.db')}`;
  const ports = { ...systemPorts(), clock };
  const mail = await startMailServer();
  const address = { host: '127.0.0.1', security: 'none', from: 'keys@acme.example' } as const;
  const notices = { smtp: { ...address, port: mail.port } };
  const keyturn = await makeKeyturn({ database, notices }, { role: 'tool', ports });
  await keyturn.channels.create(OPS);
  await keyturn.policies.apply({ file });
  const { key } = await keyturn.keys.create({ name: 'idle', policy: 'swept' });
  clock.setByMs(50 * DAY_MS);
  expect((await keyturn.rotateDue()).items).toMatchObject([{ key: key.id, what: 'unused' }]);
  await keyturn.close();
  await mail.close();
  return key.id;
}

describe('keys that are old or unused', () => {
  test('are found by rotate --due, without a server, and enabled by a person', async () => {
    const id = await warnedKey();
    const file = shell.path('policy.yaml');
    writeFileSync(file, FILE);
    const tested = await shell.run(['policy', 'test', file]);
    expect(tested.stdout).toMatch(new RegExp(`^20\\S+Z +unused +${id} idle$`, 'm'));
    expect(tested.stdout).toMatch(new RegExp(`^20\\S+Z +past policy +${id} idle$`, 'm'));

    const found = [
      { key: id, what: 'past_policy' },
      { key: id, what: 'disabled' },
    ];
    const dry = await shell.json(['rotate', '--due', '--dry-run']);
    expect(dry).toMatchObject({ dryRun: true, needsOperator: false, items: found });
    expect(await shell.json(['key', 'show', id])).toMatchObject({ state: 'active' });
    const ran = await shell.run(['rotate', '--due']);
    expect(ran.exit).toBe(0);
    expect(ran.stdout).toMatch(new RegExp(`^past policy +${id} +idle .* secret 1 is past`, 'm'));
    expect(ran.stdout).toMatch(
      new RegExp(`^disabled +${id} +idle .* unused: .*key enable ${id}`, 'm'),
    );

    const shown = await shell.run(['key', 'show', id]);
    expect(shown.stdout).toMatch(/^state +disabled since .*: unused since .* by policy "swept"/m);
    expect(shown.stdout).toMatch(/^past policy +since 20/m);
    expect((await shell.run(['key', 'list'])).stdout).toContain('disabled, past policy');
    const past = await shell.json(['key', 'list', '--past-policy', '--policy', 'swept']);
    expect(past).toMatchObject({ items: [{ id }], nextCursor: null });
    const none = await shell.json(['key', 'list', '--past-policy', '--policy', 'default']);
    expect(none).toMatchObject({ items: [] });
    expect((await shell.run(['key', 'enable', id])).exit).toBe(0);
    expect(await shell.json(['rotate', '--due'])).toMatchObject({ items: [] });
    expect(await shell.json(['key', 'show', id])).toMatchObject({ state: 'active' });
  });

  test('are held where their policy tells nobody, which each command says', async () => {
    const id = await warnedKey(UNHEARD);
    const file = shell.path('policy.yaml');
    writeFileSync(file, UNHEARD);
    const tested = await shell.run(['policy', 'test', file]);
    const why = 'its policy names nobody in notify.channels';
    expect(tested.stdout).toMatch(new RegExp(`disabled +${id} idle +held, .*: ${why}$`, 'm'));
    expect(tested.stderr).toContain('Warning: expiry.unused disables no key');
    expect(await shell.json(['policy', 'test', file])).toMatchObject({
      policies: [{ expiry: expect.arrayContaining([expect.objectContaining({ held: why })]) }],
    });
    const applied = await shell.json(['policy', 'apply', file]);
    const warning = expect.stringContaining('for the policy tells nobody');
    expect(applied).toMatchObject({ policies: [{ warnings: [warning] }] });
    const ran = await shell.json(['rotate', '--due']);
    expect(ran).toMatchObject({ items: [{ key: id, what: 'past_policy' }] });
    expect(await shell.json(['key', 'show', id])).toMatchObject({ state: 'active' });
  });

  test('are what a policy says of them', async () => {
    await shell.run([
      'channel',
      'create',
      'ops',
      '--kind',
      'mail',
      '--address',
      'ops@acme.example',
    ]);
    const applied = await shell.run(['policy', 'apply', '-'], { input: FILE });
    expect(applied.stderr).toContain('+ expiry.max_age: 90d\n+ expiry.unused: 40d\n');
    const { stdout } = await shell.run(['policy', 'show', 'swept']);
    expect(stdout).toMatch(/^secrets up to +90d old, then past the policy$/m);
    expect(stdout).toMatch(
      /^past it +keyturn key list --past-policy --policy swept --keyspace default/m,
    );
    expect(stdout).toMatch(/^unused keys +after 40d warned of, then disabled after 10d$/m);
    await shell.run(['key', 'create', '--name', 'new', '--policy', 'swept']);
    const changed = await shell.run(['policy', 'apply', '-'], {
      input: FILE.replace('40d', '50d'),
    });
    expect(changed.stderr).toMatch(/No unused key is disabled by it before 20/);
  });
});
