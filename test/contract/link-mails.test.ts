import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type MailServer, startMailServer } from '../setup/mail-server.js';
import { PUBLIC_URL, startTelling, type Telling } from '../setup/telling.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const LINK = new RegExp(`${PUBLIC_URL}/claim#([A-Za-z0-9_-]{43})`, 'g');
const schedule = { every: '30d', mode: 'after', spread: '0s', deliver: 'claim' } as const;

let mail: MailServer;
let telling: Telling;
beforeEach(async () => {
  mail = await startMailServer({ offersTls: false });
});
afterEach(async () => {
  await telling.fleet.close();
  await mail.close();
});

const keyturn = () => telling.fleet.at(0).keyturn;

async function aCustomer(emails = ['dev@acme.example']): Promise<void> {
  const branding = { name: 'Acme Maps', replyTo: 'support@acme.example' };
  await keyturn().keyspaces.update('default', { branding });
  await keyturn().owners.create({ id: 'acme', emails });
  const ops = { kind: 'mail', addresses: ['ops@host.example'] } as const;
  await keyturn().channels.create({ name: 'ops', ...ops });
  const notify = { channels: ['owner-mail', 'ops'] };
  await keyturn().policies.create({ name: 'customers', notify, schedule });
}

const aKey = async (name = 'Acme CI') =>
  (await keyturn().keys.create({ name, owner: 'acme', policy: 'customers' })).key.id;

async function becomeDue(): Promise<void> {
  await telling.time.pass(0);
  await telling.time.pass(31 * DAY_MS);
  await telling.passMinutes(3);
}

const mailsTo = (address: string) =>
  mail.mails.filter(({ recipients }) => recipients.includes(address));
const tokensIn = (text = '') => [...text.matchAll(LINK)].map(([, token = '']) => token);
const rotationOf = async (key: string) => {
  const [rotation] = (await keyturn().rotations.list({ key })).items;
  if (rotation === undefined) throw new Error('There is none.');
  return rotation;
};

describe('the link of a claim', () => {
  test('that a schedule has begun reaches its owner: one mail with a link for each key', async () => {
    telling = await startTelling({ mail });
    await aCustomer();
    const names = ['one', 'two', 'three', 'four', 'five'];
    for (const name of names) await aKey(name);
    await becomeDue();
    const [arrived, ...more] = mailsTo('dev@acme.example');
    expect(more).toEqual([]);
    const { from, replyTo } = arrived?.parsed ?? {};
    expect(from?.value).toEqual([{ name: 'Acme Maps', address: 'keys@acme.example' }]);
    expect(replyTo?.value).toEqual([{ name: '', address: 'support@acme.example' }]);
    const tokens = tokensIn(arrived?.parsed.text);
    expect(tokens).toHaveLength(5);
    expect(new Set(tokensIn(String(arrived?.parsed.html)))).toEqual(new Set(tokens));
    const opened = await Promise.all(
      tokens.map((token) => telling.time.quiet().then(() => keyturn().claims.open(token))),
    );
    expect(opened.map(({ key }) => key.name).toSorted()).toEqual(names.toSorted());
    // Nobody else was told of it, and nothing of it is kept.
    expect(mailsTo('ops@host.example')).toEqual([]);
    const rows = await telling.outbox();
    expect(rows.map(({ sealed }) => sealed)).toEqual(rows.map(() => null));
  });

  test('is mailed by a run that nothing runs beside, at its end', async () => {
    telling = await startTelling({ mail, roles: ['tool'] });
    await aCustomer();
    for (const name of ['one', 'two']) await aKey(name);
    await keyturn().rotateDue(); // They are planned.
    telling.fleet.clock.advanceMs(31 * DAY_MS);
    await keyturn().rotateDue();
    const [arrived, ...more] = mailsTo('dev@acme.example');
    expect(more).toEqual([]);
    expect(tokensIn(arrived?.parsed.text)).toHaveLength(2);
  });

  test('is mailed by runs that all fall into the night: by the first after a night', async () => {
    const quietHours = { from: '22:00', to: '07:00' };
    telling = await startTelling({ mail, roles: ['tool'], notices: { quietHours } });
    await aCustomer();
    const runAt = async (hour: number) => {
      const todayMs = telling.fleet.clock.nowMs() % DAY_MS;
      const nextMs = (hour * HOUR_MS - todayMs + DAY_MS) % DAY_MS;
      telling.fleet.clock.advanceMs(nextMs === 0 ? DAY_MS : nextMs);
      return (await keyturn().rotateDue()).notices;
    };
    expect(await runAt(12)).toMatchObject({ held: 0 });
    await keyturn().keys.rotate(await aKey(), { deliver: 'claim' });
    expect(await runAt(3)).toMatchObject({ held: 1, heldUntil: expect.stringMatching(/T07:00/) });
    expect(mail.mails).toEqual([]);
    expect(await runAt(3)).toMatchObject({ held: 0 });
    const [arrived, ...more] = mailsTo('dev@acme.example');
    expect(more).toEqual([]);
    expect(tokensIn(arrived?.parsed.text)).toHaveLength(1);
  });

  test('is kept sealed until it is sent, and nowhere in clear', async () => {
    telling = await startTelling({ mail });
    await aCustomer();
    const answer = await keyturn().keys.rotate(await aKey(), { deliver: 'claim' });
    const url = 'claim' in answer ? answer.claim.url : '';
    const [token = ''] = tokensIn(url);
    const [row] = await telling.outbox();
    expect(row).toMatchObject({ kind: 'claim_link', state: 'waiting', ownerId: 'acme' });
    expect(row?.sealed).toEqual(expect.any(String));
    expect(JSON.stringify(row)).not.toContain(token);
    expect(Buffer.from(row?.sealed ?? '', 'base64url').toString('latin1')).not.toContain(token);
    await telling.passMinutes(2);
    expect(tokensIn(mailsTo('dev@acme.example')[0]?.parsed.text)).toEqual([token]);
    expect(JSON.stringify(telling.fleet.log)).not.toContain(token);
  });

  test('that a new one takes the place of is not sent, nor one of a rotation that ended', async () => {
    telling = await startTelling({ mail });
    await aCustomer();
    const [replaced, ended] = [await aKey('replaced'), await aKey('ended')];
    await keyturn().keys.rotate(replaced, { deliver: 'claim' });
    await keyturn().keys.rotate(ended, { deliver: 'claim' });
    const again = await keyturn().rotations.retry((await rotationOf(replaced)).id);
    await keyturn().rotations.abort((await rotationOf(ended)).id, { reason: 'not now' });
    expect(await telling.outbox()).toHaveLength(1);
    await telling.passMinutes(2);
    const [arrived, ...more] = mailsTo('dev@acme.example');
    expect(more).toEqual([]);
    const url = 'claim' in again ? (again.claim?.url ?? '') : '';
    expect(tokensIn(arrived?.parsed.text)).toEqual(tokensIn(url));
  });

  test('that could not be sent is erased as the claim closes', async () => {
    telling = await startTelling({ notices: {} });
    await aCustomer();
    const key = await aKey();
    await keyturn().keys.rotate(key, { deliver: 'claim' });
    await telling.passMinutes(2);
    const linkRows = async () =>
      (await telling.outbox()).filter(({ kind }) => kind === 'claim_link');
    expect(await linkRows()).toMatchObject([{ state: 'dead', sealed: expect.any(String) }]);
    await telling.time.pass(31 * DAY_MS);
    await telling.time.pass(0);
    expect((await rotationOf(key)).state).toBe('needs_operator');
    expect(await linkRows()).toEqual([]);
  });

  test('that never left ends no secret: nobody could have opened it in time', async () => {
    telling = await startTelling({ notices: {} });
    await aCustomer();
    const claim = { close: '10d', unclaimed: 'disable' } as const;
    await keyturn().policies.update('customers', { claim });
    const key = await aKey();
    await becomeDue();
    expect((await telling.outbox()).find(({ kind }) => kind === 'claim_link')?.state).toBe('dead');
    await telling.time.pass(11 * DAY_MS);
    await telling.time.pass(0);
    const rotation = await rotationOf(key);
    expect(rotation).toMatchObject({ state: 'needs_operator', step: 'announce' });
    expect(rotation.asks).toContain('before the mail with its link had left');
    const { secrets } = await keyturn().keys.get(key);
    expect(secrets.map(({ state }) => state)).toEqual(['current']);
  });

  test('that was mailed and is not opened in time ends a secret that nobody uses', async () => {
    telling = await startTelling({ mail });
    await aCustomer();
    const claim = { close: '10d', unclaimed: 'disable' } as const;
    await keyturn().policies.update('customers', { claim });
    const key = await aKey();
    await becomeDue();
    expect(mailsTo('dev@acme.example')).toHaveLength(1);
    await telling.time.pass(11 * DAY_MS);
    for (let look = 0; look < 5; look += 1) await telling.time.pass(60_000);
    expect((await keyturn().keys.get(key)).secrets[0]?.state).toBe('disabled');
  });

  test('is not kept without a sealing key: operators are told, and what to do', async () => {
    telling = await startTelling({ mail, hasSealKey: false });
    await aCustomer();
    const scheduled = await aKey('scheduled');
    await becomeDue();
    expect(await rotationOf(scheduled)).toMatchObject({
      state: 'needs_operator',
      asks: expect.stringContaining('destinations.sealKey'),
    });
    const byHand = await aKey('by hand');
    await keyturn().keys.rotate(byHand, { deliver: 'claim' });
    await telling.passMinutes(1);
    expect(mailsTo('dev@acme.example')).toEqual([]);
    const told = mailsTo('ops@host.example').map(({ parsed }) => parsed.text ?? '');
    expect(told).toHaveLength(2);
    for (const text of told) expect(text).toMatch(/sealKey.*rotation retry ID --out/s);
    expect(told.flatMap(tokensIn)).toEqual([]);
    expect((await telling.outbox()).map(({ sealed }) => sealed)).toEqual([null, null]);
  });

  test('whose owner has no address is told to operators, and mailed once there is one', async () => {
    telling = await startTelling({ mail });
    await aCustomer([]);
    const key = await aKey();
    await becomeDue();
    const rotation = await rotationOf(key);
    expect(rotation.asks).toContain('no mail address');
    expect(mailsTo('ops@host.example')).toHaveLength(1);
    await keyturn().owners.update('acme', { emails: ['dev@acme.example'] });
    await keyturn().rotations.retry(rotation.id);
    await telling.passMinutes(2);
    expect(tokensIn(mailsTo('dev@acme.example')[0]?.parsed.text)).toHaveLength(1);
  });

  test('that nobody can be mailed is asked of operators: the key has no owner', async () => {
    telling = await startTelling({ mail });
    await aCustomer();
    const { key } = await keyturn().keys.create({ name: 'nobody’s', policy: 'customers' });
    await becomeDue();
    expect(await rotationOf(key.id)).toMatchObject({ state: 'needs_operator' });
    expect(mailsTo('ops@host.example')[0]?.parsed.text).toContain('retry makes one');
  });

  test('is made and mailed as the last of who have to agree has agreed', async () => {
    telling = await startTelling({ mail });
    await aCustomer();
    await keyturn().policies.update('customers', { approval: { approvers: 1 } });
    const key = await aKey();
    await becomeDue();
    const [ops] = mailsTo('ops@host.example');
    expect(ops?.parsed.subject).toContain('an approval is needed');
    expect(ops?.parsed.text).toContain('asked by its schedule');
    await keyturn().rotations.approve((await rotationOf(key)).id);
    await telling.passMinutes(3);
    const [token = ''] = tokensIn(mailsTo('dev@acme.example')[0]?.parsed.text);
    expect((await keyturn().claims.open(token)).key.id).toBe(key);
  });

  test('of an emergency is mailed at once, in quiet hours too', async () => {
    const quietHours = { from: '00:00', to: '23:59' };
    telling = await startTelling({ mail, notices: { quietHours } });
    await aCustomer();
    const input = { deliver: 'claim', compromised: true, reason: 'leaked' } as const;
    await keyturn().keys.rotate(await aKey(), input);
    await telling.passMinutes(0.5);
    const [arrived] = mailsTo('dev@acme.example');
    expect(arrived?.parsed.subject).toMatch(/^Emergency: /);
    expect(tokensIn(arrived?.parsed.text)).toHaveLength(1);
  });
});
