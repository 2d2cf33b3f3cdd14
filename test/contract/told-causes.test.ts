import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type MailServer, startMailServer } from '../setup/mail-server.js';
import { startTelling, type Telling } from '../setup/telling.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

let mail: MailServer;
let telling: Telling;
beforeEach(async () => {
  mail = await startMailServer({ offersTls: false });
  telling = await startTelling({ mail });
  await keyturn().owners.create({ id: 'acme', emails: ['dev@acme.example'] });
  const ops = { kind: 'mail', addresses: ['ops@host.example'] } as const;
  await keyturn().channels.create({ name: 'ops', ...ops });
});
afterEach(async () => {
  await telling.fleet.close();
  await mail.close();
});

const keyturn = () => telling.fleet.at(0).keyturn;
const notify = { channels: ['owner-mail', 'ops'] };
const aKey = (name = 'Acme CI') => keyturn().keys.create({ name, owner: 'acme', policy: 'told' });
const texts = (address: string) =>
  mail.mails
    .filter(({ recipients }) => recipients.includes(address))
    .map(({ parsed }) => `${parsed.subject}\n${parsed.text}`);
const use = async (plaintext: string, address: string, userAgent = 'curl/8') => {
  const verdict = await keyturn().verify({ plaintext, address, userAgent });
  return verdict.valid;
};
/** What was seen is written. */
const flush = () => telling.passMinutes(0.5);

describe('people are told', () => {
  test('that an approval is needed, as a rotation comes to it', async () => {
    await keyturn().policies.create({ name: 'told', notify, approval: { approvers: 1 } });
    const { key } = await aKey();
    const { rotation } = await keyturn()
      .keys.rotate(key.id)
      .then((answer) => ({
        rotation: 'rotation' in answer ? answer.rotation : undefined,
      }));
    await telling.passMinutes(1);
    expect(texts('dev@acme.example')).toEqual([]);
    const [told, ...more] = texts('ops@host.example');
    expect(more).toEqual([]);
    expect(told).toContain('an approval is needed');
    expect(told).toContain(`keyturn rotation approve ${rotation?.id}`);
  });

  test('that a key is used from a new network, once for each, and not of its first', async () => {
    await keyturn().policies.create({ name: 'told', notify });
    const { plaintext } = await aKey();
    await use(plaintext, '192.0.2.7');
    await flush();
    await use(plaintext, '192.0.2.99', 'python-requests/2');
    await flush();
    expect(mail.mails).toEqual([]);
    for (let round = 0; round < 2; round += 1) {
      await use(plaintext, '198.51.100.7');
      await flush();
      await telling.time.pass(HOUR_MS);
    }
    const [told, ...more] = texts('dev@acme.example');
    expect(more).toEqual([]);
    expect(told).toContain('used from a new network');
    expect(told).toContain('198.51.100.0/24');
    expect(texts('ops@host.example')).toHaveLength(1);
  });

  test('of no network, where the policy tells nobody, or a key is on the move', async () => {
    await keyturn().policies.create({ name: 'told', notify });
    const silent = await keyturn().keys.create({ name: 'silent', owner: 'acme' });
    const { plaintext } = await aKey();
    for (let index = 0; index < 40; index += 1) {
      await use(plaintext, `198.51.${index}.7`);
      await use(silent.plaintext, `198.51.${index}.7`);
    }
    await flush(); // All of them are its first.
    await use(plaintext, '203.0.113.7');
    await use(silent.plaintext, '203.0.113.7');
    await flush();
    expect(mail.mails).toEqual([]);
  });

  test('that a secret which has ended is used, and by whom', async () => {
    await keyturn().policies.create({ name: 'told', notify });
    const { key, plaintext } = await aKey();
    await use(plaintext, '192.0.2.7');
    await flush();
    const { rotation } = await telling.time.rotate(key.id);
    await keyturn().rotations.finish(rotation.id);
    await keyturn().rotations.finish(rotation.id);
    await telling.passMinutes(3);
    const before = texts('ops@host.example').length;
    expect(await use(plaintext, '192.0.2.7')).toBe(false);
    expect(await use(plaintext, '203.0.113.7')).toBe(false);
    await telling.passMinutes(4);
    const late = texts('ops@host.example').slice(before);
    expect(late).toHaveLength(1);
    expect(late[0]).toContain('a secret that has ended is used');
    expect(late[0]).toMatch(/secret 1, straggler: 192\.0\.2\.0\/24/);
    expect(late[0]).toMatch(/secret 1, intruder: 203\.0\.113\.0\/24/);
    expect(texts('dev@acme.example').at(-1)).toContain('tell us at once');
  });

  test('at once that a key has replaced its own secret, from where, and that it waits for them', async () => {
    await keyturn().policies.create({ name: 'told', notify, selfRotation: true });
    const known = await aKey('known');
    const caller = { address: '192.0.2.7', userAgent: 'curl/8', idempotencyKey: 'self-1' };
    await use(known.plaintext, caller.address);
    await flush();
    await telling.time.pass(2 * DAY_MS);
    await use(known.plaintext, caller.address);
    await keyturn().rotateSelf({ ...caller, plaintext: known.plaintext });
    await telling.passMinutes(0.5);
    const [own] = texts('dev@acme.example');
    expect(own).toContain('the secret was replaced with the key itself');
    expect(own).toContain('from 192.0.2.0/24');
    expect(own).not.toContain('waits for your word');
    expect(texts('ops@host.example')[0]).toContain(
      `keyturn key rotate ${known.key.id} --compromised`,
    );
    const stolen = await aKey('stolen');
    const before = mail.mails.length;
    const thief = { ...caller, address: '203.0.113.7', idempotencyKey: 'self-2' };
    await keyturn().rotateSelf({ ...thief, plaintext: stolen.plaintext });
    await telling.passMinutes(0.5);
    const [asked] = texts('dev@acme.example').slice(1);
    expect(asked).toContain('from 203.0.113.0/24');
    expect(asked).toContain('waits for your word');
    const subjects = mail.mails.slice(before).map(({ parsed }) => parsed.subject);
    expect(subjects.filter((one) => one?.includes('an approval is needed'))).toHaveLength(1);
  });

  test('of a brown-out a day before it begins, which is never in a blackout', async () => {
    const start = new Date(telling.fleet.clock.nowMs()).toISOString();
    const [first, last] = [2, 5].map((day) =>
      new Date(Date.parse(start) + day * DAY_MS).toISOString().slice(0, 10),
    );
    await keyturn().policies.create({
      name: 'told',
      notify,
      evidence: { require: ['E1', 'E2', 'E3', 'E4', 'E5'] },
      overlap: { min: '20d', soft: '20d', hard: '21d' },
      brownouts: { after: '3d', for: '5m', share: [100] },
      schedule: { every: '365d', spread: '0s', blackout: [`${first}/${last}`] },
    });
    const { key, plaintext: old } = await aKey();
    const uses = async (plaintext: string) => {
      await use(plaintext, '192.0.2.7');
      await flush();
    };
    await uses(old);
    const { plaintext, rotation } = await telling.time.rotate(key.id);
    await uses(plaintext);
    for (let hour = 0; hour < 9 * 24; hour += 1) await telling.time.pass(HOUR_MS);
    await telling.passMinutes(2);
    const told = texts('dev@acme.example').filter((text) => text.includes('refused for a short'));
    expect(told).toHaveLength(1);
    expect(told[0]).toContain('for 5 minutes, 100% of the calls');
    const { brownouts } = await keyturn().rotations.get(rotation.id);
    expect(brownouts).toMatchObject([{ share: 1, state: 'over' }]);
    expect((brownouts[0]?.from ?? '') > `${last}T23:59`).toBe(true);
  });
});
