import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { whileSettling } from '../setup/claiming.js';
import { dataKinds } from '../setup/data.js';
import { type MailServer, startMailServer } from '../setup/mail-server.js';
import { PUBLIC_URL, startTelling, type Telling } from '../setup/telling.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const OWNER = 'dev@acme.example';
const OPS = 'ops@host.example';
const LINK = new RegExp(`${PUBLIC_URL}/claim#([A-Za-z0-9_-]{43})`, 'g');
const schedule = { every: '30d', mode: 'after', spread: '0s', deliver: 'claim' } as const;
const claim = { remind: ['2h', '5h'], close: '10h' } as const;
const GIVEN_UP = { state: 'needs_operator', asks: expect.stringContaining('notice retry') };
const WAITING = { state: 'waiting', step: 'announce', asks: null };

describe.each(dataKinds)(
  'the link of a claim that its owner was not sent on $name',
  ({ create }) => {
    let mail: MailServer;
    let telling: Telling;
    /** What the server answers to the owner's address; undefined: it takes the mail. */
    let refusal: { readonly status: number; readonly text: string } | undefined;
    const refuse = (address: string) => (address === OWNER ? refusal : undefined);
    beforeEach(async () => {
      refusal = { status: 550, text: '5.1.1 nobody of that name' };
      mail = await startMailServer({ offersTls: false, refuse });
    });
    afterEach(async () => {
      await telling.fleet.close();
      await mail.close();
    });

    const keyturn = () => telling.fleet.at(0).keyturn;

    async function start(roles: readonly ('server' | 'tool')[] = ['server']): Promise<void> {
      telling = await startTelling({ create, mail, roles });
      await keyturn().owners.create({ id: 'acme', emails: [OWNER] });
      await keyturn().channels.create({ name: 'ops', kind: 'mail', addresses: [OPS] });
      const notify = { channels: ['owner-mail', 'ops'] };
      await keyturn().policies.create({ name: 'customers', notify, schedule, claim });
    }

    const aKey = async (name = 'Acme CI') =>
      (await keyturn().keys.create({ name, owner: 'acme', policy: 'customers' })).key.id;

    /** One whose link a schedule has made, and whose mail was tried. */
    async function aDueKey(): Promise<string> {
      const key = await aKey();
      await becomeDue();
      return key;
    }

    async function becomeDue(): Promise<void> {
      await telling.time.pass(0);
      await telling.time.pass(30 * DAY_MS);
      await telling.passMinutes(2);
    }

    async function passHours(hours: number): Promise<void> {
      await telling.time.pass(hours * HOUR_MS);
      await telling.passMinutes(2);
    }

    const rotationOf = async (key: string) => {
      const [rotation] = (await keyturn().rotations.list({ key })).items;
      if (rotation === undefined) throw new Error('There is none.');
      return rotation;
    };
    const rowsOf = async (kind: string) =>
      (await telling.outbox()).filter((row) => row.kind === kind);
    const mailsTo = (address: string) =>
      mail.mails.filter(({ recipients }) => recipients.includes(address));
    const tokensIn = (text = '') => [...text.matchAll(LINK)].map(([, token = '']) => token);

    async function sendAnew(): Promise<void> {
      refusal = undefined;
      for (const { id } of await rowsOf('claim_link')) await keyturn().notices.retry(id);
    }

    test('is asked of a person by a server within ten minutes', async () => {
      await start();
      const key = await aDueKey();
      await telling.time.pass(10 * MINUTE_MS);
      expect(await rotationOf(key)).toMatchObject(GIVEN_UP);
    });

    test('is asked of a person once it is given up, for each key of its mail, and nobody is reminded', async () => {
      await start();
      const keys = [await aKey('one'), await aKey('two')];
      await becomeDue();
      expect(await rowsOf('claim_link')).toMatchObject([{ state: 'dead' }, { state: 'dead' }]);
      for (let hour = 0; hour < 6; hour += 1) await passHours(1);
      for (const key of keys) expect(await rotationOf(key)).toMatchObject(GIVEN_UP);
      expect(await rowsOf('claim_reminder')).toEqual([]);
      expect(await rowsOf('needs_operator')).toHaveLength(2);
      expect(mailsTo(OWNER)).toEqual([]);
      const told = mailsTo(OPS).map(({ parsed }) => parsed.text ?? '');
      expect(told.filter((text) => text.includes('notice retry ID'))).toHaveLength(1);
      const logged = JSON.stringify(telling.fleet.log);
      expect([...told, logged].flatMap(tokensIn)).toEqual([]);
    });

    test('is asked no more once it is sent after all; what was due before is not reminded of', async () => {
      await start();
      const key = await aDueKey();
      await passHours(3);
      expect(await rotationOf(key)).toMatchObject(GIVEN_UP);
      await sendAnew();
      await telling.passMinutes(3);
      expect(await rotationOf(key)).toMatchObject({ ...WAITING, reminders: { sent: 0, total: 2 } });
      const [token = ''] = tokensIn(mailsTo(OWNER)[0]?.parsed.text);
      await passHours(2.5);
      const [link, reminder, ...more] = mailsTo(OWNER);
      expect(more).toEqual([]);
      expect(link?.parsed.text).toContain(token);
      expect(reminder?.parsed.subject).toContain('is still waiting');
      expect((await rotationOf(key)).reminders).toEqual({ sent: 2, total: 2, nextAt: null });
      const opened = await whileSettling(telling.fleet, keyturn().claims.open(token));
      expect(opened.key.id).toBe(key);
    });

    test('opens as ever while the question stands', async () => {
      await start();
      const key = await aDueKey();
      await passHours(1);
      // Mails leave, and nobody looks at rotations.
      telling.fleet.at(0).store.before = async (method) => {
        if (method === 'leaseRotations') throw new Error('They are not looked at.');
      };
      await sendAnew();
      await telling.passMinutes(2);
      telling.fleet.at(0).store.before = undefined;
      expect(await rotationOf(key)).toMatchObject(GIVEN_UP);
      const [token = ''] = tokensIn(mailsTo(OWNER)[0]?.parsed.text);
      const opened = await whileSettling(telling.fleet, keyturn().claims.open(token));
      expect(opened.key.id).toBe(key);
      await passHours(1);
      expect(await rotationOf(key)).toMatchObject({
        step: 'observe',
        state: 'waiting',
        asks: null,
      });
    });

    test('is reminded of by nobody while it is still tried, nor asked', async () => {
      refusal = { status: 451, text: '4.3.2 come back later' };
      await start();
      const key = await aDueKey();
      await passHours(2);
      expect(await rowsOf('claim_link')).toMatchObject([{ state: 'waiting' }]);
      expect(await rotationOf(key)).toMatchObject({ ...WAITING, reminders: { sent: 0 } });
      refusal = undefined;
      await passHours(1);
      expect(mailsTo(OWNER).map(({ parsed }) => tokensIn(parsed.text).length)).toEqual([1]);
      await passHours(2);
      expect(mailsTo(OWNER).map(({ parsed }) => tokensIn(parsed.text).length)).toEqual([1, 0]);
      expect(await rotationOf(key)).toMatchObject({ ...WAITING, reminders: { sent: 2 } });
    });

    test('is replaced by a person: the old one is withdrawn, and who has the new one is reminded', async () => {
      await start();
      const key = await aDueKey();
      await passHours(1);
      const dead = await rowsOf('claim_link');
      refusal = undefined;
      await keyturn().rotations.retry((await rotationOf(key)).id);
      expect(await rotationOf(key)).toMatchObject(WAITING);
      await telling.passMinutes(3);
      const [sent, ...more] = await rowsOf('claim_link');
      expect(more).toEqual([]);
      expect(sent).toMatchObject({ state: 'sent', sealed: null });
      expect(sent?.id).not.toBe(dead[0]?.id);
      const notice = keyturn().notices.retry(dead[0]?.id ?? '');
      await expect(notice).rejects.toMatchObject({ code: 'not_found' });
      await passHours(2);
      expect(await rowsOf('claim_reminder')).toHaveLength(1);
    });

    test('is erased as the claim closes, with one question and another text', async () => {
      await start();
      const key = await aDueKey();
      await passHours(1);
      expect(await rotationOf(key)).toMatchObject(GIVEN_UP);
      await passHours(9);
      expect(await rotationOf(key)).toMatchObject({
        state: 'needs_operator',
        asks: expect.stringContaining('before the mail with its link had left'),
      });
      expect(await rowsOf('claim_link')).toEqual([]);
      expect(await rowsOf('needs_operator')).toHaveLength(1);
      expect((await keyturn().keys.get(key)).secrets).toMatchObject([{ state: 'current' }]);
    });

    test('is asked of nobody where a person was shown it', async () => {
      await start();
      const key = await aKey();
      await keyturn().keys.rotate(key, { deliver: 'claim' });
      await telling.passMinutes(2);
      expect(await rowsOf('claim_link')).toMatchObject([{ state: 'dead' }]);
      await passHours(2);
      expect(await rotationOf(key)).toMatchObject({ ...WAITING, reminders: { sent: 1 } });
    });

    test('is asked of a person by the very run that could not send it, and until one has', async () => {
      await start(['tool']);
      const key = await aKey();
      const run = async () => (await keyturn().rotateDue()).needsOperator;
      expect(await run()).toBe(false); // It is planned.
      telling.fleet.clock.advanceMs(30 * DAY_MS);
      expect(await run()).toBe(true);
      expect(await rotationOf(key)).toMatchObject(GIVEN_UP);
      expect(mailsTo(OPS).some(({ parsed }) => parsed.text?.includes('notice retry ID'))).toBe(
        true,
      );
      expect(await run()).toBe(true);
      expect(await rowsOf('needs_operator')).toHaveLength(1);
      await sendAnew();
      expect(await run()).toBe(false);
      expect(await rotationOf(key)).toMatchObject(WAITING);
      const [token = ''] = tokensIn(mailsTo(OWNER)[0]?.parsed.text);
      expect(await keyturn().claims.look(token)).toMatchObject({ branding: {} });
    });
  },
);
