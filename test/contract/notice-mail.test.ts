import { afterEach, describe, expect, test } from 'vitest';
import { Plaintext } from '../../src/keys/plaintext.js';
import type { Channel } from '../../src/notify/channel.js';
import { type MailSettings, mail } from '../../src/notify/mail.js';
import type { Mail } from '../../src/notify/mail-body.js';
import { messageOf } from '../../src/notify/message.js';
import type { KeyNotice } from '../../src/notify/notice.js';
import { type MailServer, startMailServer } from '../setup/mail-server.js';
import { noticeKey, noticeOf } from '../setup/notices.js';

const LINK = 'https://keys.example.com/claim#clm_secret&x=<1>';
const how = { idempotencyKey: 'ntc_0123456789abcdef' };

let server: MailServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function listen(...manners: Parameters<typeof startMailServer>): Promise<MailServer> {
  server = await startMailServer(...manners);
  return server;
}

function channelTo(to: MailServer, more: Partial<MailSettings> = {}): Channel<Mail> {
  const { port, authorities } = to;
  const from = 'notices@keys.example.com';
  return mail({ host: 'localhost', port, security: 'starttls', from, authorities, ...more });
}

function mailOf(notice: KeyNotice, more: Partial<Mail> = {}): Mail {
  const reader = { role: 'owner', locale: 'en', timezone: 'Europe/Zurich' } as const;
  const sender = { name: 'Acme Maps', replyTo: 'support@acme.example' };
  const to = ['ops@customer.example'];
  return { message: messageOf(notice, reader), to, sender, links: new Map(), ...more };
}

function claim(more: Partial<Mail> = {}): Mail {
  const links = new Map([[noticeKey().id, new Plaintext(LINK)]]);
  return mailOf(noticeOf('claim_link'), { links, ...more });
}

describe('a mail', () => {
  test('arrives encrypted, as text and as HTML, in the name of the keyspace', async () => {
    const to = await listen();
    const sent = await channelTo(to).send(mailOf(noticeOf('stragglers')), how);
    expect(sent).toEqual({ kind: 'sent', refusedCount: 0 });
    const [arrived] = to.mails;
    expect(arrived?.isEncrypted).toBe(true);
    expect(arrived?.parsed).toMatchObject({
      subject: 'API key “Acme CI”: the old secret is still in use',
      from: { value: [{ name: 'Acme Maps', address: 'notices@keys.example.com' }] },
      replyTo: { value: [{ address: 'support@acme.example' }] },
      to: { value: [{ address: 'ops@customer.example' }] },
      messageId: '<ntc_0123456789abcdef@keys.example.com>',
    });
    expect(arrived?.parsed.headers.get('auto-submitted')).toBe('auto-generated');
    for (const body of [arrived?.parsed.text, arrived?.parsed.html]) {
      expect(body).toContain('192.0.2.0/24 curl and 198.51.100.0/24 python');
      expect(body).toContain('acme_live_a1B2');
    }
    expect(arrived?.parsed.html).not.toMatch(/<(?:img|style|link|script)\b|url\(/);
  });

  test('keeps names that are not ASCII', async () => {
    const to = await listen();
    const notice = noticeOf('done', [noticeKey('c', 'Schlüssel für 東京 🔑')]);
    const sender = { name: 'Müller & Søn', replyTo: null };
    await channelTo(to).send(mailOf(notice, { sender }), how);
    const [arrived] = to.mails;
    expect(arrived?.parsed.subject).toContain('Schlüssel für 東京 🔑');
    expect(arrived?.parsed.from?.value).toMatchObject([{ name: 'Müller & Søn' }]);
    expect(arrived?.parsed.replyTo).toBeUndefined();
    expect(arrived?.parsed.text).toContain('Schlüssel für 東京 🔑');
  });

  test('of a claim holds its link, encoded in HTML', async () => {
    const to = await listen();
    await channelTo(to).send(claim(), how);
    expect(to.mails[0]?.parsed.text).toContain(LINK);
    expect(to.mails[0]?.parsed.html).toContain(
      'href="https://keys.example.com/claim#clm_secret&amp;x=&lt;1&gt;"',
    );
  });

  test('to several addresses is sent though one of them is refused', async () => {
    const to = await listen({
      refuse: (address) =>
        address.startsWith('gone') ? { status: 550, text: '5.1.1' } : undefined,
    });
    const both = mailOf(noticeOf('done'), {
      to: ['gone@customer.example', 'ops@customer.example'],
    });
    const outcome = await channelTo(to).send(both, how);
    expect(outcome).toMatchObject({ kind: 'sent', refusedCount: 1 });
    expect(outcome).toHaveProperty('message', expect.stringContaining('answered 550 5.1.1.'));
    expect(JSON.stringify(outcome)).not.toContain('customer.example');
    expect(to.mails[0]?.recipients).toEqual(['ops@customer.example']);
  });

  test('that one address puts off is sent to that one again, and to no other', async () => {
    let isPutOff = true;
    const to = await listen({
      refuse: (address) =>
        isPutOff && address.startsWith('grey') ? { status: 450, text: '4.2.0' } : undefined,
    });
    const both = mailOf(noticeOf('done'), {
      to: ['grey@customer.example', 'ops@customer.example'],
    });
    const channel = channelTo(to);
    const putOff = { kind: 'failed', class: 'transient', isPartly: true };
    expect(await channel.send(both, how)).toMatchObject(putOff);
    expect(await channel.send(both, how)).toMatchObject(putOff);
    isPutOff = false;
    expect(await channel.send(both, how)).toMatchObject({ kind: 'sent' });
    const recipients = to.mails.map((one) => one.recipients);
    expect(recipients).toEqual([['ops@customer.example'], ['grey@customer.example']]);
    expect(to.mails[1]?.parsed.messageId).toBe(to.mails[0]?.parsed.messageId);
    expect(to.mails[1]?.parsed.to).toEqual(to.mails[0]?.parsed.to);
  });
});

describe('a mail server', () => {
  test.each([
    [421, 'transient'],
    [450, 'transient'],
    [452, 'transient'],
    [550, 'rejected'],
    [554, 'rejected'],
    [530, 'auth'],
  ])('that answers %i: %s', async (status, failure) => {
    const to = await listen({ refuse: () => ({ status, text: '4.2.2 ops@customer.example' }) });
    const outcome = await channelTo(to).send(mailOf(noticeOf('done')), how);
    expect(outcome).toMatchObject({ kind: 'failed', class: failure });
    expect(outcome).toHaveProperty('message', expect.stringContaining(`answered ${status} 4.2.2.`));
    expect(JSON.stringify(outcome)).not.toContain('customer.example');
  });

  test('that does not know the password: auth, and the password is not told', async () => {
    const to = await listen({ user: { name: 'keyturn', password: 'right' } });
    const login = { user: 'keyturn', password: new Plaintext('wrong-password') };
    const outcome = await channelTo(to, { login }).send(mailOf(noticeOf('done')), how);
    expect(outcome).toMatchObject({ class: 'auth', message: expect.stringContaining('535 5.7.8') });
    expect(JSON.stringify(outcome)).not.toContain('wrong-password');
    const right = { user: 'keyturn', password: new Plaintext('right') };
    const again = await channelTo(to, { login: right }).send(mailOf(noticeOf('done')), how);
    expect(again).toMatchObject({ kind: 'sent' });
  });

  test('that offers no encryption gets no mail', async () => {
    const to = await listen({ offersTls: false });
    const outcome = await channelTo(to).send(claim(), how);
    expect(outcome).toMatchObject({ class: 'auth', message: expect.stringContaining('encrypted') });
    expect(to.mails).toEqual([]);
    const relay = channelTo(to, { security: 'none' });
    expect(await relay.send(mailOf(noticeOf('done')), how)).toMatchObject({ kind: 'sent' });
  });

  test('whose certificate is not trusted gets no mail', async () => {
    const to = await listen();
    const outcome = await channelTo(to, { authorities: undefined }).send(claim(), how);
    const message = expect.stringContaining('certificate');
    expect(outcome).toMatchObject({ kind: 'failed', class: 'auth', message });
    expect(to.mails).toEqual([]);
  });

  test('that is not there: transient', async () => {
    const to = await listen();
    await to.close();
    server = undefined;
    expect(await channelTo(to).send(mailOf(noticeOf('done')), how)).toMatchObject({
      kind: 'failed',
      class: 'transient',
    });
  });
});

describe('a mail is refused before a server hears of it', () => {
  test.each([
    ['a sender', { sender: { name: 'Acme\r\nBcc: thief@example.net', replyTo: null } }],
    ['a reply address', { sender: { name: null, replyTo: 'a@b.example\r\nBcc: t@example.net' } }],
    ['two addresses in one', { to: ['a@b.example, thief@example.net'] }],
    ['an address with a line break', { to: ['a@b.example\r\nBcc: thief@example.net'] }],
    ['no address', { to: [] }],
  ])('with %s that would write a header', async (_what, more) => {
    const to = await listen();
    const outcome = await channelTo(to).send(mailOf(noticeOf('done'), more), how);
    const message = expect.not.stringContaining('mail server'); // Which was never asked.
    expect(outcome).toMatchObject({ kind: 'failed', class: 'rejected', message });
    expect(to.mails).toEqual([]);
  });

  test('where its subject has a line break', async () => {
    const to = await listen();
    const safe = mailOf(noticeOf('done'));
    const message = { ...safe.message, headline: 'Done\r\nBcc: thief@example.net' };
    const outcome = await channelTo(to).send({ ...safe, message }, how);
    expect(outcome).toMatchObject({ kind: 'failed', class: 'rejected' });
    expect(to.mails).toEqual([]);
  });

  test('where a claim lacks a link, or another notice has one', async () => {
    const to = await listen();
    const { links } = claim();
    for (const wrong of [claim({ links: new Map() }), mailOf(noticeOf('done'), { links })]) {
      expect(await channelTo(to).send(wrong, how)).toMatchObject({ class: 'rejected' });
    }
    expect(to.mails).toEqual([]);
  });

  test('where its password would travel in clear, or its sender is none', async () => {
    const to = await listen();
    const login = { user: 'keyturn', password: new Plaintext('p') };
    const wrong = { code: 'config_invalid' };
    expect(() => channelTo(to, { security: 'none', login })).toThrow(
      expect.objectContaining(wrong),
    );
    expect(() => channelTo(to, { from: 'Acme <a@b.example>' })).toThrow(
      expect.objectContaining(wrong),
    );
  });
});
