import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { newInstanceId } from '../../src/keys/id.js';
import { Plaintext } from '../../src/keys/plaintext.js';
import { sendDue } from '../../src/notify/sender.js';
import { webhook } from '../../src/notify/webhook.js';
import { systemPorts } from '../../src/ports.js';
import { type MailServer, startMailServer } from '../setup/mail-server.js';
import { startTelling, type Telling } from '../setup/telling.js';
import { openNetwork, startWebhookServer, type WebhookServer } from '../setup/webhook-server.js';

const OWNERS = 80; // Of more keys than are looked at in one go.
const [HOUR_MS, DAY_MS] = [3_600_000, 86_400_000];

let mail: MailServer;
let telling: Telling;
let refused: string | undefined;
beforeEach(async () => {
  refused = undefined;
  const refusal = { status: 550, text: '5.1.1 gone@acme.example' };
  const refuse = (address: string) => (address === refused ? refusal : undefined);
  mail = await startMailServer({ offersTls: false, refuse });
});
afterEach(async () => {
  await telling.fleet.close();
  await mail.close();
});

const keyturn = () => telling.fleet.at(0).keyturn;

async function policyBy(...channels: string[]): Promise<void> {
  const ops = { kind: 'mail', addresses: ['ops@host.example'] } as const;
  await keyturn().channels.create({ name: 'ops', ...ops });
  await keyturn().policies.create({ name: 'told', notify: { channels } });
}

const aKey = async (owner?: string) =>
  (await keyturn().keys.create({ name: 'Acme CI', policy: 'told', owner })).key.id;
/** It is told as it begins: both secrets are accepted. */
const begin = async (owner?: string) => telling.time.rotate(await aKey(owner));
const to = (address: string) => mail.mails.filter((one) => one.recipients.includes(address));

describe('a notice', () => {
  test('waits while the mail server is away, ever longer, and then arrives once', async () => {
    telling = await startTelling({ mail });
    await policyBy('ops');
    const { port } = mail;
    await mail.close();
    await begin();
    await telling.passMinutes(0.5);
    const [first] = await telling.outbox();
    expect(first).toMatchObject({ state: 'waiting', failure: { class: 'transient' } });
    await telling.passMinutes(59);
    const [later] = await telling.outbox();
    expect(later?.state).toBe('waiting');
    expect(later?.tryCount).toBeGreaterThanOrEqual(4);
    expect(later?.tryCount).toBeLessThanOrEqual(6);
    expect(later?.sentAs).toBe(first?.sentAs);
    mail = await startMailServer({ offersTls: false, port });
    await telling.passMinutes(60);
    expect(mail.mails.map(({ parsed }) => parsed.messageId)).toEqual([
      `<${first?.sentAs}@acme.example>`,
    ]);
    expect((await telling.outbox())[0]).toMatchObject({ state: 'sent', failure: null });
  });

  test('that is refused is a dead letter: shown, told to operators, and sent anew', async () => {
    telling = await startTelling({ mail });
    await keyturn().owners.create({ id: 'acme', emails: ['gone@acme.example'] });
    await policyBy('owner-mail', 'ops');
    await begin('acme');
    await telling.passMinutes(0.5); // Operators hear of the rotation itself.
    expect(to('ops@host.example')).toHaveLength(1);
    refused = 'gone@acme.example';
    await telling.passMinutes(1);
    refused = undefined;
    const [dead, ...others] = (await keyturn().notices.list({ state: 'dead' })).items;
    expect(others).toEqual([]);
    expect(dead).toMatchObject({ kind: 'started', owner: 'acme', tries: 1 });
    expect(dead?.failure?.message).toContain('550 5.1.1');
    await telling.passMinutes(1);
    const [, told, ...more] = to('ops@host.example');
    expect(more).toEqual([]);
    expect(told?.parsed.subject).toContain('the owner could not be told');
    expect(told?.parsed.text).toMatch(/started: .*550 5\.1\.1/);
    expect(told?.parsed.text).toContain('keyturn notice list --state dead');
    expect(told?.raw).not.toContain('gone@acme.example');
    await keyturn().notices.retry(dead?.id ?? '');
    await telling.passMinutes(1);
    expect(to('gone@acme.example')).toHaveLength(1);
    expect((await keyturn().notices.list({ state: 'dead' })).items).toEqual([]);
  });

  test('to an owner without an address is told to operators', async () => {
    telling = await startTelling({ mail });
    await keyturn().owners.create({ id: 'acme' });
    await policyBy('owner-mail', 'ops');
    await begin('acme');
    await telling.passMinutes(3);
    const subjects = to('ops@host.example').map(({ parsed }) => parsed.subject ?? '');
    expect(subjects.filter((one) => one.includes('the owner could not be told'))).toHaveLength(1);
  });

  test('of many at once is one digest, and what comes after it waits', async () => {
    telling = await startTelling({ mail });
    await policyBy('ops');
    for (let index = 0; index < 25; index += 1) {
      await keyturn().owners.create({ id: `owner-${index}`, name: `Owner ${index}` });
    }
    // Of one owner they would be one notice.
    for (let index = 0; index < 25; index += 1) await begin(`owner-${index}`);
    await telling.passMinutes(1);
    expect(to('ops@host.example').map(({ parsed }) => parsed.subject)).toEqual([
      '25 notices about API keys',
    ]);
    for (let index = 0; index < 22; index += 1) await begin(`owner-${index}`);
    await telling.passMinutes(10);
    expect(to('ops@host.example')).toHaveLength(1);
    await telling.time.pass(HOUR_MS);
    await telling.passMinutes(1);
    expect(to('ops@host.example').map(({ parsed }) => parsed.subject)).toEqual([
      '25 notices about API keys',
      '22 notices about API keys',
    ]);
  });

  test('speaks the language of its reader, and waits for the end of their night', async () => {
    const quietHours = { from: '22:00', to: '07:00' };
    telling = await startTelling({ mail, notices: { quietHours } });
    const timezone = 'Asia/Tokyo'; // No clock is changed there.
    const emails = ['dev@acme.example'];
    await keyturn().owners.create({ id: 'acme', emails, locale: 'de-CH', timezone });
    await policyBy('owner-mail');
    const sinceMidnightMs = (telling.fleet.clock.nowMs() + 9 * HOUR_MS) % DAY_MS;
    await telling.time.pass(DAY_MS - sinceMidnightMs + HOUR_MS); // It is one in the morning there.
    const key = await aKey('acme');
    await telling.time.rotate(key);
    await telling.passMinutes(5);
    expect(mail.mails).toEqual([]);
    const leaked = await aKey('acme');
    await keyturn().keys.rotate(leaked, { compromised: true, reason: 'leaked' });
    await telling.passMinutes(1);
    const urgent = mail.mails.map(({ parsed }) => parsed.subject ?? '');
    expect(urgent.length).toBeGreaterThan(0);
    for (const subject of urgent) expect(subject).toMatch(/^Notfall: /);
    await telling.time.pass(5.7 * HOUR_MS);
    expect(mail.mails).toHaveLength(urgent.length);
    await telling.time.pass(0.5 * HOUR_MS);
    await telling.passMinutes(1);
    const [morning, ...more] = mail.mails.slice(urgent.length);
    expect(more).toEqual([]);
    expect(morning?.parsed.subject).toBe('API-Schlüssel „Acme CI“: das neue Geheimnis gilt');
    expect(morning?.parsed.text).toMatch(/Frist .*GMT\+09:00/);
  });

  test('waits for more of its kind, and not for ever', async () => {
    telling = await startTelling({ mail });
    await keyturn().owners.create({ id: 'acme', emails: ['dev@acme.example'] });
    await policyBy('owner-mail');
    for (let half = 0; half < 19; half += 1) {
      await begin('acme');
      await telling.passMinutes(0.5);
    }
    expect(mail.mails).toEqual([]);
    await begin('acme');
    await telling.passMinutes(1);
    await begin('acme');
    await telling.passMinutes(2);
    const keyCounts = mail.mails.map(({ parsed }) => parsed.text?.match(/^\* Acme CI/gm)?.length);
    expect(keyCounts).toEqual([20, 1]);
  });

  test('of hundreds of keys is one mail for each owner, however they are worked through', async () => {
    telling = await startTelling({ mail, roles: ['server', 'server'] });
    const schedule = { every: '30d', mode: 'after', spread: '0s', deliver: 'claim' } as const;
    const notify = { channels: ['owner-mail'] };
    await keyturn().policies.create({ name: 'told', notify, schedule });
    for (let index = 0; index < OWNERS * 3; index += 1) {
      const id = `owner-${index % OWNERS}`;
      if (index < OWNERS) await keyturn().owners.create({ id, emails: [`${id}@acme.example`] });
      await aKey(id);
    }
    await telling.time.pass(0);
    await telling.time.pass(31 * DAY_MS);
    await telling.passMinutes(4);
    const recipients = mail.mails.map((one) => one.recipients.join());
    expect(recipients).toHaveLength(OWNERS);
    expect(new Set(recipients).size).toBe(OWNERS);
    const links = mail.mails.map(({ parsed }) => parsed.text?.match(/claim#/g)?.length);
    expect(new Set(links)).toEqual(new Set([3]));
    // Of the reminder, likewise.
    await telling.time.pass(3 * DAY_MS);
    await telling.passMinutes(4);
    expect(mail.mails).toHaveLength(2 * OWNERS);
  });
});

describe('through the sender', () => {
  let server: WebhookServer;
  let folder: string;
  beforeEach(async () => {
    server = await startWebhookServer();
    folder = await mkdtemp(join(tmpdir(), 'keyturn-told-'));
  });
  afterEach(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });

  test('Slack, Teams, Discord and a signed webhook are each told in their own form', async () => {
    const secretOf = (byte: number) => `whsec_${Buffer.alloc(32, byte).toString('base64')}`;
    const [secret, previous] = [secretOf(7), secretOf(8)];
    const fileOf = (name: string, text: string) => {
      writeFileSync(join(folder, name), text, { mode: 0o600 });
      return { file: join(folder, name) };
    };
    const address = fileOf('address', server.url);
    telling = await startTelling({
      notices: {
        hosts: [new URL(server.url).host],
        connections: {
          slack: { kind: 'slack', address },
          teams: { kind: 'teams', address },
          discord: { kind: 'discord', address },
          own: {
            kind: 'notice-webhook',
            address,
            secret: fileOf('secret', secret),
            previousSecret: fileOf('previous', previous),
          },
        },
      },
    });
    for (const name of ['slack', 'teams', 'discord', 'own']) {
      const kind = name === 'slack' ? 'slack' : 'webhook';
      await keyturn().channels.create({ name, kind, connection: name });
      expect(await keyturn().channels.test(name)).toEqual({ sent: true, detail: null });
    }
    expect(server.posts).toHaveLength(4);
    const channels = ['slack', 'teams', 'discord', 'own'];
    await keyturn().policies.create({ name: 'told', notify: { channels } });
    const { plaintext } = await begin();
    await telling.passMinutes(0.5);
    const posts = server.posts.slice(4);
    expect(posts).toHaveLength(4);
    for (const { text } of posts) {
      expect(text).toContain('a new secret is accepted');
      expect(text).not.toContain(plaintext.slice(-12));
    }
    const signed = posts.find(({ headers }) => 'webhook-signature' in headers);
    const headers = Object.fromEntries(
      Object.entries(signed?.headers ?? {}).map(([name, value]) => [name, String(value)]),
    );
    // Its time is the held clock's, some minutes from the real one.
    for (const one of [secret, previous]) {
      expect(() => new Webhook(one).verify(signed?.text ?? '', headers)).not.toThrow();
    }
    const [row] = (await telling.outbox()).filter(({ recipient }) => recipient === 'own');
    expect(headers['webhook-id']).toBe(row?.sentAs);
    expect(signed?.body).toMatchObject({ type: 'notice.started', data: { keyCount: 1 } });
  });

  test('PagerDuty is, under the key that tells a repeat', async () => {
    const pagerduty = { kind: 'pagerduty', routingKey: { env: 'NOWHERE' } } as const;
    telling = await startTelling({ notices: { connections: { pagerduty } } });
    await keyturn().channels.create({ name: 'pager', kind: 'webhook', connection: 'pagerduty' });
    await keyturn().policies.create({ name: 'told', notify: { channels: ['pager'] } });
    const { store } = telling.fleet.at(0);
    await begin();
    const ports = { ...systemPorts(), clock: telling.fleet.clock };
    const url = new Plaintext(server.url);
    const routingKey = new Plaintext('routing-key');
    const nowMs = () => telling.fleet.clock.nowMs();
    const outside = { network: openNetwork, nowMs };
    await sendDue({
      store,
      ports,
      nowMs,
      instanceId: newInstanceId({ nowMs: nowMs(), random: ports.random }),
      places: {
        mail: () => Promise.reject(new Error('There is none.')),
        open: async () =>
          webhook({ template: 'pagerduty', routingKey, region: 'us', url }, outside),
      },
      quietHours: null,
      openSealed: () => undefined,
    });
    const [row] = await telling.outbox();
    expect(row).toMatchObject({ state: 'sent' });
    expect(server.posts.map(({ body }) => body)).toMatchObject([
      { routing_key: 'routing-key', event_action: 'trigger', dedup_key: row?.sentAs },
    ]);
  });
});
