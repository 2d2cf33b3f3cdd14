import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { whileSettling } from '../setup/claiming.js';
import { durableKinds } from '../setup/data.js';
import { dumpOf } from '../setup/dump.js';
import { type MailServer, startMailServer } from '../setup/mail-server.js';
import { whileTimePasses } from '../setup/rotating.js';
import { startTelling, type Telling } from '../setup/telling.js';
import { startWebhookServer, type WebhookServer } from '../setup/webhook-server.js';
import { expectNothingOf } from './canaries.js';

const MINUTE_MS = 60_000;
const tokenIn = (url: string) => new URL(url).hash.slice(1);
const sqlite = durableKinds.find(({ name }) => name === 'sqlite');

let folder: string;
let mail: MailServer;
let hook: WebhookServer;
let telling: Telling;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'keyturn-told-'));
  mail = await startMailServer({ offersTls: false });
  hook = await startWebhookServer();
  writeFileSync(join(folder, 'address'), hook.url);
  const slack = { kind: 'slack', address: { file: join(folder, 'address') } } as const;
  const notices = { hosts: [new URL(hook.url).host], connections: { slack } };
  if (sqlite === undefined) throw new Error('There is no SQLite.');
  telling = await startTelling({ create: sqlite.create, mail, notices });
});
afterEach(async () => {
  await telling.fleet.close();
  await Promise.all([mail.close(), hook.close()]);
  rmSync(folder, { recursive: true });
});

const keyturn = () => telling.fleet.at(0).keyturn;
const allMails = () =>
  mail.mails.map(({ raw, parsed }) => `${raw}\n${parsed.text}\n${parsed.html}`);
const settled = async () => {
  const isTold = async () => (await telling.outbox()).every(({ state }) => state === 'sent');
  await whileTimePasses(telling.fleet, isTold, 2_000);
};

test('security 3: nothing of a link that waits, or of any secret, stands in a dump, a log or a notice', async () => {
  await keyturn().owners.create({ id: 'acme', emails: ['dev@acme.example'] });
  await keyturn().channels.create({ name: 'slack', kind: 'slack', connection: 'slack' });
  const notify = { channels: ['owner-mail', 'slack'] };
  await keyturn().policies.create({ name: 'told', notify, selfRotation: true });
  const aKey = (name: string) => keyturn().keys.create({ name, owner: 'acme', policy: 'told' });
  const made = [
    await aKey('claimed'),
    await aKey('rotated'),
    await aKey('leaked'),
    await aKey('own'),
  ];
  const [, rotated, leaked, own] = made;
  const ids = made.map(({ key }) => key.id);
  const from = (address: string) => ({ address, userAgent: 'curl/8' });
  const secrets = made.map(({ plaintext }) => plaintext);
  const keep = (answer: object) => {
    if ('plaintext' in answer && typeof answer.plaintext === 'string')
      secrets.push(answer.plaintext);
  };
  // A claim whose link waits to be sent.
  const claim = await keyturn().keys.rotate(ids[0] ?? '', { deliver: 'claim' });
  const token = 'claim' in claim ? tokenIn(claim.claim.url) : '';
  const waiting = await dumpOf(telling.fleet.data);
  expectNothingOf([token, ...secrets], waiting.whole);
  // A new network, a rotation, an emergency, one by the key itself, and a late use.
  await keyturn().verify({ plaintext: rotated?.plaintext ?? '', ...from('192.0.2.7') });
  await telling.fleet.passMs(11_000);
  await keyturn().verify({ plaintext: rotated?.plaintext ?? '', ...from('203.0.113.7') });
  const both = keyturn().keys.rotate(ids[1] ?? '');
  const emergency = keyturn().keys.rotate(ids[2] ?? '', { compromised: true, reason: 'leaked' });
  const self = keyturn().rotateSelf({
    plaintext: own?.plaintext ?? '',
    ...from('192.0.2.7'),
    idempotencyKey: 'self-1',
  });
  const answers = await whileSettling(telling.fleet, Promise.all([both, emergency, self]));
  answers.forEach(keep);
  await telling.fleet.passMs(MINUTE_MS);
  await keyturn().verify({ plaintext: leaked?.plaintext ?? '', ...from('198.51.100.7') });
  await telling.fleet.passMs(2 * MINUTE_MS);
  await settled();
  const kinds = new Set((await telling.outbox()).map(({ kind }) => kind));
  for (const kind of ['claim_link', 'started', 'new_network', 'self_rotation', 'used_after_end']) {
    expect(kinds).toContain(kind);
  }
  expect(secrets.length).toBeGreaterThan(made.length);
  const [linkMail = '', ...others] = allMails().sort(
    (one, other) => Number(other.includes(token)) - Number(one.includes(token)),
  );
  expect(linkMail).toContain(token); // In its own mail, and in no other.
  const told = [...others, ...hook.posts.map(({ text }) => text)].join('\n');
  const logged = JSON.stringify(telling.fleet.log);
  const kept = await dumpOf(telling.fleet.data);
  expectNothingOf([token, ...secrets], told + logged + kept.whole);
  expectNothingOf(secrets, linkMail);
});

test('security 40: a sealed link that is put in the place of another is mailed to nobody', async () => {
  const { data } = telling.fleet;
  for (const id of ['acme', 'thief']) {
    await keyturn().owners.create({ id, emails: [`dev@${id}.example`] });
  }
  await keyturn().policies.create({ name: 'told', notify: { channels: ['owner-mail'] } });
  for (const owner of ['acme', 'thief']) {
    const { key } = await keyturn().keys.create({ name: 'ci', owner, policy: 'told' });
    await keyturn().keys.rotate(key.id, { deliver: 'claim' });
  }
  const sealedOf = (owner: string) => `(select sealed from outbox where owner_id = '${owner}')`;
  await data.execute(
    `update outbox set sealed = ${sealedOf('acme')} where owner_id = 'thief' returning id`,
  );
  const isOver = async () => (await telling.outbox()).every(({ state }) => state !== 'waiting');
  await whileTimePasses(telling.fleet, isOver, 2_000);
  expect(mail.mails.map(({ recipients }) => recipients)).toEqual([['dev@acme.example']]);
  const [dead] = (await keyturn().notices.list({ state: 'dead' })).items;
  expect(dead).toMatchObject({
    owner: 'thief',
    failure: { message: expect.stringContaining('rotation retry') },
  });
});
