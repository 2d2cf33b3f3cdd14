import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { newInstanceId } from '../../src/keys/id.js';
import { sendDue } from '../../src/notify/sender.js';
import { systemPorts } from '../../src/ports.js';
import { startTelling, type Telling } from '../setup/telling.js';
import { startWebhookServer, type WebhookServer } from '../setup/webhook-server.js';

let telling: Telling;
let server: WebhookServer;
let folder: string;
beforeEach(async () => {
  server = await startWebhookServer();
  folder = await mkdtemp(join(tmpdir(), 'keyturn-told-'));
});
afterEach(async () => {
  await telling.fleet.close();
  await server.close();
  await rm(folder, { recursive: true });
});

const keyturn = () => telling.fleet.at(0).keyturn;
/** It is told as it begins: both secrets are accepted. */
const begin = async (owner: string) => {
  const { key } = await keyturn().keys.create({ name: 'Acme CI', policy: 'told', owner });
  return telling.time.rotate(key.id);
};

describe('a notice beside one that is held up', () => {
  test('an emergency waits behind no mail that a mute server does not take', async () => {
    const sockets: Socket[] = [];
    const mute = createServer((socket) => sockets.push(socket));
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    const address = mute.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const file = join(folder, 'address');
    writeFileSync(file, server.url, { mode: 0o600 });
    const connections = { slack: { kind: 'slack', address: { file } } } as const;
    telling = await startTelling({
      mail: { port },
      notices: { hosts: [new URL(server.url).host], connections },
    });
    await keyturn().channels.create({ name: 'slack', kind: 'slack', connection: 'slack' });
    await keyturn().policies.create({ name: 'told', notify: { channels: ['owner-mail'] } });
    await keyturn().policies.create({ name: 'leaks', notify: { channels: ['slack'] } });
    for (const id of ['a', 'b', 'c', 'd', 'e', 'f']) {
      await keyturn().owners.create({ id, emails: [`${id}@acme.example`] });
      await begin(id);
    }
    const { key: leaked } = await keyturn().keys.create({ name: 'leaked', policy: 'leaks' });
    const until = async (isSo: () => boolean) => {
      for (let turn = 0; turn < 500 && !isSo(); turn += 1) {
        telling.fleet.clock.advanceMs(1_000);
        for (const instance of telling.fleet.instances) instance.runDue();
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    };
    await until(() => sockets.length >= 5);
    await keyturn().keys.rotate(leaked.id, { compromised: true, reason: 'leaked' });
    await until(() => server.posts.length > 0);
    const mails = (await telling.outbox()).filter(({ recipient }) => recipient === 'owner-mail');
    expect(server.posts.length).toBeGreaterThan(0);
    expect(mails.map(({ tryCount }) => tryCount)).toEqual([0, 0, 0, 0, 0, 0]);
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => mute.close(resolve));
  });

  test('is let go of once it is not held for long enough to be sent, and taken by another', async () => {
    const pagerduty = { kind: 'pagerduty', routingKey: { env: 'NOWHERE' } } as const;
    telling = await startTelling({ notices: { connections: { pagerduty } } });
    await keyturn().channels.create({ name: 'pager', kind: 'webhook', connection: 'pagerduty' });
    await keyturn().policies.create({ name: 'told', notify: { channels: ['pager'] } });
    for (const id of ['a', 'b']) {
      await keyturn().owners.create({ id });
      await begin(id);
    }
    const { clock } = telling.fleet;
    let sentCount = 0;
    const send = async () => {
      sentCount += 1;
      clock.advanceMs(150_001);
      return { kind: 'sent', refusedCount: 0 } as const;
    };
    const nowMs = () => clock.nowMs();
    const ports = { ...systemPorts(), clock };
    const run = () =>
      sendDue({
        store: telling.fleet.at(0).store,
        ports,
        nowMs,
        instanceId: newInstanceId({ nowMs: nowMs(), random: ports.random }),
        places: {
          mail: () => Promise.reject(new Error('There is none.')),
          open: async () => ({ place: 'a pager', send }),
        },
        quietHours: null,
        openSealed: () => undefined,
      });
    await run();
    expect(sentCount).toBe(1);
    await run();
    expect(sentCount).toBe(2);
    await run();
    expect(sentCount).toBe(2);
  });
});
