import { inspect } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Plaintext } from '../../src/keys/plaintext.js';
import type { FactsOf, NoticeKey } from '../../src/notify/facts.js';
import { type MailSettings, mail } from '../../src/notify/mail.js';
import type { Mail } from '../../src/notify/mail-body.js';
import { messageOf } from '../../src/notify/message.js';
import type { KeyNotice } from '../../src/notify/notice.js';
import { slack } from '../../src/notify/slack.js';
import { webhook } from '../../src/notify/webhook.js';
import { type MailServer, startMailServer } from '../setup/mail-server.js';
import { facts, keyNoticeKinds, noticeKey, noticeOf } from '../setup/notices.js';
import { openNetwork, startWebhookServer, type WebhookServer } from '../setup/webhook-server.js';

const CANARY = 'clm_canary0123456789';
const LINK = `https://keys.example.com/claim#${CANARY}`;
const SECRET = new Plaintext(`whsec_${Buffer.alloc(32, 7).toString('base64')}`);
const outside = { network: openNetwork, nowMs: Date.now };
const how = { idempotencyKey: 'ntc_1' };
const owner = { role: 'owner', locale: 'en', timezone: null } as const;
const sender = { name: 'Acme Maps', replyTo: null };

let mailServer: MailServer;
let webhookServer: WebhookServer;
beforeEach(async () => {
  mailServer = await startMailServer();
  webhookServer = await startWebhookServer();
});
afterEach(() => Promise.all([mailServer.close(), webhookServer.close()]));

function mailChannel(more: Partial<MailSettings> = {}) {
  const { port, authorities } = mailServer;
  const from = 'notices@keys.example.com';
  return mail({ host: 'localhost', port, security: 'starttls', from, authorities, ...more });
}

function chatChannels() {
  const url = new Plaintext(webhookServer.url);
  const routingKey = new Plaintext('routing');
  return [
    slack({ url }, outside),
    webhook({ template: 'standard', url, secrets: [SECRET] }, outside),
    webhook({ template: 'teams', url }, outside),
    webhook({ template: 'discord', url }, outside),
    webhook({ template: 'pagerduty', routingKey, region: 'eu', url }, outside),
  ];
}

/** A mail, and what it was made of: all that a log or an outbox could be given. */
function claim(): Mail {
  const links = new Map([[noticeKey().id, new Plaintext(LINK)]]);
  return { message: messageOf(noticeOf('claim_link'), owner), to: ['a@b.example'], sender, links };
}

test('security 17: the link of a claim stands in the one mail to its owner, and nowhere else', async () => {
  const what = claim();
  await mailChannel().send(what, how);
  expect(mailServer.mails[0]?.parsed.text).toContain(CANARY);
  expect(mailServer.mails[0]?.parsed.subject).not.toContain(CANARY);
  expect(mailServer.mails[0]?.parsed.messageId).not.toContain(CANARY);
  for (const channel of chatChannels()) await channel.send(what.message, how);
  expect(webhookServer.posts).toHaveLength(5);
  for (const { text } of webhookServer.posts) expect(text).not.toContain(CANARY);
  const kept = [what, noticeOf('claim_link'), [...what.links]];
  expect(`${JSON.stringify(kept)} ${inspect(kept, { depth: 9 })}`).not.toContain(CANARY);
});

test('security 17: nor in what is said when the mail is not taken', async () => {
  const refusing = await startMailServer({ refuse: () => ({ status: 550, text: `no ${CANARY}` }) });
  try {
    const outcome = await mailChannel({ port: refusing.port }).send(claim(), how);
    expect(outcome).toMatchObject({ kind: 'failed' });
    expect(inspect(outcome, { depth: 9 })).not.toContain(CANARY);
  } finally {
    await refusing.close();
  }
});

test('security 17: a notice has no place for a plaintext', () => {
  const plaintext = new Plaintext('acme_live_canary');
  const { id, hint } = noticeKey();
  // @ts-expect-error a plaintext is no text
  const named: NoticeKey = { id, hint, name: plaintext };
  // @ts-expect-error nor is it a reason
  const reasoned: FactsOf['failed'] = { ...facts.failed, reason: plaintext };
  // @ts-expect-error and there is no field for one
  const linked: FactsOf['claim_link'] = { ...facts.claim_link, link: plaintext };
  const shown = JSON.stringify([named, reasoned, linked]);
  expect(shown).not.toContain('canary');
  expect(shown).toContain('[redacted]');
});

const HOSTILE = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  'javascript:alert(1)',
  '\u202egnp.exe',
  'a\u0000b\u0007c\u001b[31md',
  '\u2066\u200b\ufeff',
  'line\r\nBcc: thief@example.net\r\n\r\n<b>',
];

/** Every text of a notice that comes from outside is this one. */
function saturated(kind: KeyNotice['kind'], text: string): KeyNotice {
  const notice = noticeOf(kind, [noticeKey('c', text)]);
  const poisoned: KeyNotice = JSON.parse(JSON.stringify(notice), (field, value) =>
    ['reason', 'askedBy', 'network', 'policy', 'step', 'label'].includes(field) ? text : value,
  );
  return { ...poisoned, keyspace: { ...notice.keyspace, name: text } };
}

test.each(HOSTILE)('security 18: %j is a text, in every part of every mail', async (text) => {
  for (const kind of keyNoticeKinds) {
    const message = messageOf(saturated(kind, text), owner);
    const links =
      kind === 'claim_link' ? new Map([[noticeKey().id, new Plaintext(LINK)]]) : new Map();
    const what = { message, to: ['a@b.example'], sender, links };
    const relay = mailChannel({ security: 'none' }); // Its handshakes would take half a minute.
    expect(await relay.send(what, how), kind).toMatchObject({ kind: 'sent' });
  }
  for (const { parsed, recipients, raw } of mailServer.mails) {
    expect(recipients).toEqual(['a@b.example']);
    expect(raw).not.toMatch(/^Bcc:/im);
    const { subject = '', text: body = '', html } = parsed;
    expect(html).not.toMatch(/<(?:script|img|b>)|<[^>]*\son[a-z]+\s*=/i);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what must not be there.
    const hidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u200b\u202a-\u202e\u2066-\u2069\ufeff]/;
    for (const part of [subject, body, String(html)]) expect(part).not.toMatch(hidden);
  }
});
