import { afterEach, describe, expect, test } from 'vitest';
import { dataKinds } from '../setup/data.js';
import { type Aging, DAY_MS, startAging, UNUSED } from '../setup/expiring.js';
import { startMailServer } from '../setup/mail-server.js';

const OWNERS = { channels: ['owner-mail'] } as const;
const BUSY = { status: 451, text: '4.3.2 come back later' };
const NEVER = { status: 550, text: '5.1.1 no such user' };

describe.each(dataKinds)('the warning before a key is disabled on $name', ({ create }) => {
  let aging: Aging;
  afterEach(() => aging.fleet.close());

  const stateOf = async (id: string) => (await aging.get(id)).state;
  const warnings = async (id: string) => (await aging.events(id, 'key.unused')).length;
  const isEnded = (id: string) => async () => (await stateOf(id)) === 'disabled';

  /** Days, each looked at once. */
  async function passDays(days: number): Promise<void> {
    for (let day = 0; day < days; day += 1) await aging.days(1);
  }

  /** When a key would be disabled, and why it is not. */
  async function ending(grace = '10d', channels = '[ops]') {
    const expiry = `expiry: { unused: 40d, grace: ${grace} }`;
    const file = `policy: swept\n${expiry}\nnotify: { channels: ${channels} }\n`;
    const { policies } = await aging.keyturn.policies.test({ file });
    return policies[0]?.expiry.find(({ what }) => what === 'disabled');
  }

  test('holds the key where it was given up, until it is sent', async () => {
    let isRefused = true;
    const mail = await startMailServer({ refuse: () => (isRefused ? NEVER : undefined) });
    aging = await startAging({ create, mail });
    await aging.policy('swept', { expiry: UNUSED, notify: { channels: ['ops'] } });
    const { id } = (await aging.issue('swept')).key;
    await aging.days(41);
    await passDays(15);
    expect(await stateOf(id)).toBe('active');
    expect(await warnings(id)).toBe(1);
    expect((await ending())?.held).toMatch(/^none of its warnings could be sent: /);
    isRefused = false;
    const [dead] = (await aging.keyturn.notices.list({ state: 'dead' })).items;
    await aging.keyturn.notices.retry(dead?.id ?? '');
    await passDays(9);
    expect(await stateOf(id)).toBe('active');
    expect((await ending())?.held).toBeNull();
    await aging.days(2);
    await aging.until(isEnded(id));
  });

  test('holds the key where its owner was not sent it, though operators were', async () => {
    let isRefused = true;
    const mail = await startMailServer({
      refuse: (address) => (isRefused && address.startsWith('dev@') ? NEVER : undefined),
    });
    aging = await startAging({ create, mail });
    await aging.keyturn.owners.create({ id: 'acme', emails: ['dev@customer.example'] });
    await aging.policy('swept', { expiry: UNUSED });
    const { id } = (await aging.issue('swept', { owner: 'acme' })).key;
    await aging.days(41);
    await passDays(15);
    expect(mail.mails.length).toBeGreaterThan(0); // To the operators.
    expect(await stateOf(id)).toBe('active');
    const held = (await ending('10d', '[ops, owner-mail]'))?.held;
    expect(held).toMatch(/^the warning to its owner could not be sent: /);
    isRefused = false;
    const dead = (await aging.keyturn.notices.list({ state: 'dead' })).items;
    for (const notice of dead) await aging.keyturn.notices.retry(notice.id);
    await passDays(9);
    expect(await stateOf(id)).toBe('active');
    await aging.days(2);
    await aging.until(isEnded(id));
  });

  test('holds the key where no mail server is configured', async () => {
    aging = await startAging({ create, mail: null });
    await aging.policy('swept', { expiry: UNUSED, notify: { channels: ['ops'] } });
    const { id } = (await aging.issue('swept')).key;
    await aging.days(41);
    await passDays(15);
    expect(await stateOf(id)).toBe('active');
    expect((await ending())?.held).toMatch(/^none of its warnings could be sent: /);
  });

  test('counts from when it was sent, however long its server was away', async () => {
    let isAway = true;
    const mail = await startMailServer({ refuse: () => (isAway ? BUSY : undefined) });
    aging = await startAging({ create, mail });
    const expiry = { ...UNUSED, grace: '1d' };
    await aging.policy('swept', { expiry, notify: { channels: ['ops'] } });
    const { id } = (await aging.issue('swept')).key;
    await aging.days(41);
    await passDays(2);
    // It waits: nobody was warned, and nobody need be asked.
    expect(await stateOf(id)).toBe('active');
    expect((await ending('1d'))?.held).toBeNull();
    expect(mail.mails).toEqual([]);
    isAway = false;
    await aging.days(1 / 12);
    expect(mail.mails.length).toBeGreaterThan(0);
    await aging.days(0.9);
    expect(await stateOf(id)).toBe('active');
    await aging.until(isEnded(id));
    const sent = (await aging.keyturn.notices.list({ state: 'sent' })).items;
    const firstMs = Math.min(...sent.map(({ sentAt }) => Date.parse(sentAt ?? '')));
    const changedMs = Date.parse((await aging.get(id)).stateChangedAt);
    expect(changedMs - firstMs).toBeGreaterThanOrEqual(DAY_MS);
  });

  test('is given anew to an owner who can be reached only now, and counts from then', async () => {
    let isRefused = true;
    const mail = await startMailServer({ refuse: () => (isRefused ? NEVER : undefined) });
    aging = await startAging({ create, mail });
    const { owners } = aging.keyturn;
    await owners.create({ id: 'acme', emails: ['old@acme.example'] });
    await aging.policy('swept', { expiry: UNUSED, notify: OWNERS });
    const { id } = (await aging.issue('swept', { owner: 'acme' })).key;
    await aging.days(41);
    await passDays(11);
    expect(await stateOf(id)).toBe('active');
    await owners.update('acme', { emails: [] });
    await aging.days(1);
    expect(await warnings(id)).toBe(2);
    isRefused = false;
    await owners.update('acme', { emails: ['new@acme.example'] });
    await aging.days(1);
    expect(await warnings(id)).toBe(3);
    expect(mail.mails.map(({ recipients }) => recipients)).toEqual([['new@acme.example']]);
    await passDays(8);
    expect(await stateOf(id)).toBe('active');
    await passDays(2);
    await aging.until(isEnded(id));
  });

  test('is remembered for as long as the longest grace', async () => {
    aging = await startAging({ create });
    await aging.policy('slow', { expiry: { ...UNUSED, grace: '300d' } });
    const { id } = (await aging.issue('slow')).key;
    await aging.days(41);
    for (let month = 0; month < 9; month += 1) await aging.days(32);
    expect(await stateOf(id)).toBe('active');
    await aging.days(13);
    await aging.until(isEnded(id));
    expect(await warnings(id)).toBe(1);
  });

  test('is given anew, with a new grace, where the rule is taken away and comes back', async () => {
    aging = await startAging({ create });
    const { policies } = aging.keyturn;
    await aging.policy('swept', { expiry: { ...UNUSED, grace: '60d' } });
    const { id } = (await aging.issue('swept')).key;
    await aging.days(41);
    expect(await warnings(id)).toBe(1);
    await policies.update('swept', { expiry: { disable: 'never' } });
    await passDays(2);
    await policies.update('swept', { expiry: { disable: 'unused' } });
    const changedMs = aging.fleet.clock.nowMs();
    while ((await warnings(id)) < 2) await aging.days(1);
    const last = async () => (await aging.events(id, 'key.unused'))[0];
    while (!(await last())?.reason?.startsWith('it is disabled at')) await aging.days(1);
    const warnedMs = Date.parse((await last())?.at ?? '');
    expect(warnedMs).toBeGreaterThan(changedMs);
    while (!(await isEnded(id)())) await aging.days(5);
    const endedMs = Date.parse((await aging.get(id)).stateChangedAt);
    expect(endedMs - warnedMs).toBeGreaterThanOrEqual(60 * DAY_MS);
  });

  test('is given anew where who is told changes, and changes back', async () => {
    aging = await startAging({ create });
    const { policies, channels } = aging.keyturn;
    await channels.create({ name: 'late', kind: 'mail', addresses: ['late@acme.example'] });
    await aging.policy('swept', { expiry: UNUSED, notify: { channels: ['ops'] } });
    const { id } = (await aging.issue('swept')).key;
    await aging.days(41);
    for (const [index, name] of ['late', 'ops'].entries()) {
      await aging.days(4);
      await policies.update('swept', { notify: { channels: [name] } });
      await aging.days(1);
      expect(await warnings(id)).toBe(index + 2);
    }
    await passDays(8);
    expect(await stateOf(id)).toBe('active');
    await passDays(2);
    await aging.until(isEnded(id));
  });
});
