import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createKeyturn } from '../../src/index.js';
import type { Keyturn } from '../../src/public.js';

const MAIL = { kind: 'mail', addresses: ['ops@acme.example'] } as const;

describe('the channels that a policy names', () => {
  let keyturn: Keyturn;
  beforeEach(async () => {
    keyturn = await createKeyturn({ database: 'memory:' });
    await keyturn.channels.create({ name: 'security', ...MAIL });
  });
  afterEach(() => keyturn.close());

  const policy = (...channels: string[]) =>
    keyturn.policies.create({ name: 'told', notify: { channels } });

  test('are there: one that is not is refused, with the nearest name', async () => {
    await expect(policy('owner-mail', 'securty')).rejects.toMatchObject({
      code: 'unprocessable',
      errors: [
        {
          pointer: '/notify/channels/1',
          message: 'names "securty", and the keyspace "default" has no such channel.',
          fix: expect.stringMatching(
            /^Did you mean "security"\? .*keyturn channel create securty --kind mail --address ADDRESS$/,
          ),
        },
      ],
    });
    await policy('owner-mail', 'security');
    const patch = { notify: { channels: ['pager'] } };
    const fix = 'Make it first: keyturn channel create pager --kind mail --address ADDRESS';
    const errors = [expect.objectContaining({ fix })];
    await expect(keyturn.policies.update('told', patch)).rejects.toMatchObject({ errors });
  });

  test('of another keyspace are not', async () => {
    await keyturn.keyspaces.create({ name: 'maps', prefix: 'maps' });
    const input = { name: 'told', keyspace: 'maps', notify: { channels: ['security'] } };
    await expect(keyturn.policies.create(input)).rejects.toMatchObject({ code: 'unprocessable' });
  });

  test('of a file are refused with line and column, in a trial, too', async () => {
    const file = 'policy: told\nnotify:\n  channels: [owner-mial]\n';
    const errors = [
      expect.objectContaining({
        message: expect.stringMatching(/^in line 3, column \d+, names "owner-mial"/),
        fix: expect.stringContaining('"owner-mail"'),
      }),
    ];
    await expect(keyturn.policies.apply({ file })).rejects.toMatchObject({ errors });
    await expect(keyturn.policies.test({ file })).rejects.toMatchObject({ errors });
  });

  test('cannot be deleted or renamed while it does', async () => {
    await policy('security');
    const naming = { code: 'state_conflict', message: expect.stringContaining('"told"') };
    await expect(keyturn.channels.delete('security')).rejects.toMatchObject(naming);
    const rename = keyturn.channels.update('security', { name: 'ops' });
    await expect(rename).rejects.toMatchObject(naming);
    await keyturn.channels.update('security', { addresses: ['soc@acme.example'] });
    await keyturn.policies.update('told', { notify: null });
    await keyturn.channels.delete('security');
    expect((await keyturn.channels.list()).items).toEqual([]);
  });
});

describe('a channel', () => {
  let keyturn: Keyturn;
  beforeEach(async () => {
    keyturn = await createKeyturn({ database: 'memory:' });
    await keyturn.keyspaces.create({ name: 'maps', prefix: 'maps' });
    for (const keyspace of ['default', 'maps']) {
      await keyturn.channels.create({ name: 'security', keyspace, ...MAIL });
    }
    await keyturn.channels.create({ name: 'pager', keyspace: 'maps', ...MAIL });
  });
  afterEach(() => keyturn.close());

  test('is listed by keyspace', async () => {
    const namesIn = async (keyspace?: string) =>
      (await keyturn.channels.list({ keyspace })).items.map(({ name }) => name).toSorted();
    expect(await namesIn('default')).toEqual(['security']);
    expect(await namesIn('maps')).toEqual(['pager', 'security']);
    expect(await namesIn()).toHaveLength(3);
  });

  test('is found by its name where that is clear', async () => {
    expect(await keyturn.channels.get('pager')).toMatchObject({ keyspace: 'maps' });
    expect(await keyturn.channels.test('pager')).toMatchObject({
      sent: false,
      detail: expect.stringContaining('notices.smtp'),
    });
    await expect(keyturn.channels.get('security')).rejects.toMatchObject({
      code: 'state_conflict',
    });
    await expect(keyturn.channels.get('nobody')).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('the connection of a channel', () => {
  const address = { env: 'SLACK_URL' };
  const connections = {
    'security-slack': { kind: 'slack', address },
    pager: { kind: 'pagerduty', routingKey: address },
  } as const;
  const missing = (fix: string) => ({
    code: 'unprocessable',
    errors: [
      {
        pointer: '/connection',
        message: 'names "security-slak", and the configuration has no such connection.',
        fix,
      },
    ],
  });
  const channel = { name: 'team', kind: 'slack', connection: 'security-slak' } as const;
  const ADD =
    'dd "security-slak" to "notices.connections" of keyturn.config.json, where notices are sent.';

  test('is one of the configuration: another is refused, and told what there is', async () => {
    const keyturn = await createKeyturn({ database: 'memory:', notices: { connections } });
    const fix = `Did you mean "security-slack"? Else a${ADD} There is "security-slack", "pager".`;
    await expect(keyturn.channels.create(channel)).rejects.toMatchObject(missing(fix));
    expect((await keyturn.channels.list()).items).toEqual([]);
    const { id } = await keyturn.channels.create({ ...channel, connection: 'security-slack' });
    const patch = { connection: 'security-slak' };
    await expect(keyturn.channels.update(id, patch)).rejects.toMatchObject(missing(fix));
    await keyturn.channels.update(id, { connection: 'pager' });
    await keyturn.close();
  });

  test('cannot be named where the configuration has none', async () => {
    const keyturn = await createKeyturn({ database: 'memory:' });
    const fix = `A${ADD} There is none yet.`;
    await expect(keyturn.channels.create(channel)).rejects.toMatchObject(missing(fix));
    await keyturn.close();
  });
});
