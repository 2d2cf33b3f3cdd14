import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { digestOf } from '../../src/keys/digest.js';
import { mint } from '../../src/keys/format.js';
import { keyIdFrom } from '../../src/keys/id.js';
import type { SecretState } from '../../src/keys/secret.js';
import { systemPorts } from '../../src/ports.js';
import { aChange } from '../contract/build.js';
import { dataKinds } from '../setup/data.js';
import { startTelling, type Telling } from '../setup/telling.js';
import { expectNothingOf } from './canaries.js';

const OFTEN = 100;
const DAY_MS = 86_400_000;
const POLICIES = ['tell', 'revoke', 'rotate'] as const;
const ENDED = ['pending', 'retiring', 'disabled', 'revoked'] as const;
const kinds = dataKinds.filter(({ name }) => name !== 'postgres');
const { random } = systemPorts();

describe.each(kinds)('leaks that are reported again and again, on $name', ({ create }) => {
  let telling: Telling;
  beforeEach(async () => {
    telling = await startTelling({ create });
    const { channels, owners, policies } = keyturn();
    await channels.create({ name: 'ops', kind: 'mail', addresses: ['ops@acme.example'] });
    await owners.create({ id: 'acme', emails: ['dev@acme.example'] });
    const notify = { channels: ['ops', 'owner-mail'] };
    for (const onLeakReport of POLICIES) {
      const emergency = { onLeakReport };
      await policies.create({ name: onLeakReport, notify, emergency, selfRotation: true });
    }
  });
  afterEach(() => telling.fleet.close());

  const keyturn = () => telling.fleet.at(0).keyturn;
  const issue = (policy: string, owner = 'acme') => telling.fleet.at(0).issue({ policy, owner });
  const report = (plaintext: string, rest: object = {}) =>
    keyturn().keys.reportLeaks({ reports: [{ plaintext, ...rest }] });
  const statesOf = async (id: string) =>
    (await keyturn().keys.get(id)).secrets.map(({ number, state }) => `${number} ${state}`);
  const isAccepted = async (plaintext: string) =>
    (await telling.fleet.at(0).verify({ plaintext })).valid;
  const eventsOf = async (id: string) =>
    (await keyturn().events.list({ subject: id, type: 'secret.leaked' })).items;
  /** What each of who is told has been told of leaks of the key: once for each notice. */
  const pagesOf = async (id: string) =>
    (await keyturn().notices.list({ limit: 200 })).items
      .filter(({ kind, key }) => kind === 'leaked' && key === id)
      .map(({ recipient }) => recipient)
      .toSorted();

  /** A hundred times: many in one call, and many calls at once. */
  async function reportOften(plaintext: string) {
    const one = { plaintext, source: 'a scanner', url: 'https://gist.example/1?token=x#y' };
    const first = await keyturn().keys.reportLeaks({ reports: [one] });
    const many = { reports: Array.from({ length: (OFTEN - 10) / 3 }, () => one) };
    const calls = Array.from({ length: 3 }, () => keyturn().keys.reportLeaks(many));
    const answers = await Promise.all(calls);
    for (let left = 0; left < 9; left += 1) answers.push(await report(plaintext));
    return { first: first.items[0], rest: answers.flatMap(({ items }) => items) };
  }

  /** A key whose old secret is in that state, beside the current one. */
  async function withOld(state: (typeof ENDED)[number], policy: string) {
    const made = await issue(policy);
    const { id } = made.key;
    if (state === 'pending') {
      const pending = await addPending(id);
      return { id, number: 2, old: pending, current: made.plaintext };
    }
    const { plaintext: current, rotation } = await telling.time.rotate(id);
    if (state !== 'retiring') await keyturn().rotations.finish(rotation.id);
    if (state === 'revoked') await keyturn().keys.revoke(id, { secret: 1 });
    return { id, number: 1, old: made.plaintext, current };
  }

  /** As it stands between its issue and the hand-over. */
  async function addPending(id: string): Promise<string> {
    const { store } = telling.fleet.at(0);
    const keyId = keyIdFrom(id);
    const key = keyId && (await store.getKey(keyId, 'all'));
    const [first] = key?.secrets ?? [];
    if (key === undefined || first === undefined) throw new Error('There is no key.');
    const text = mint({ prefix: 'key', environment: 'live' }, random).reveal();
    const digest = digestOf(text);
    const pending = { ...first, number: 2, state: 'pending', digest } as const;
    const after = { ...key, secrets: [...key.secrets, pending], version: key.version + 1 };
    const update = { kind: 'update_key', key: after, expectedVersion: key.version } as const;
    const change = aChange(key.keyspaceId, [{ ...update, changedSecrets: [pending] }]);
    expect(await store.commit(change)).toMatchObject({ ok: true });
    return text;
  }

  test.each(POLICIES.flatMap((policy) => ENDED.map((state) => ({ policy, state }))))(
    'security 45: an old secret that is $state never costs the current one, where the policy says $policy',
    async ({ policy, state }) => {
      const { id, number, old, current } = await withOld(state, policy);
      const before = await statesOf(id);
      const { first, rest } = await reportOften(old);
      const isToEnd = policy !== 'tell' && state !== 'revoked';
      const action = state === 'revoked' ? 'none' : policy === 'tell' ? 'told' : 'revoked';
      expect(first).toMatchObject({ key: id, secret: number, state, action });
      expect(first?.result).toBe(state === 'revoked' ? 'known' : 'acted');
      expect(new Set(rest.map(({ result }) => result))).toEqual(new Set(['known']));
      const ended = before.map((one) => (one === `${number} ${state}` ? `${number} revoked` : one));
      expect(await statesOf(id)).toEqual(isToEnd ? ended : before);
      expect(await isAccepted(current)).toBe(true);
      expect(await pagesOf(id)).toEqual(['ops', 'owner-mail']);
      expect(await eventsOf(id)).toHaveLength(1);
    },
  );

  test('security 45: the current one stays where people are told, and they are told once a day', async () => {
    const { key, plaintext } = await issue('tell');
    const { first } = await reportOften(plaintext);
    expect(first).toMatchObject({ result: 'acted', action: 'told', state: 'current' });
    expect(await isAccepted(plaintext)).toBe(true);
    expect(await pagesOf(key.id)).toEqual(['ops', 'owner-mail']);
    const sinceMidnightMs = telling.fleet.clock.nowMs() % DAY_MS;
    await telling.time.pass(DAY_MS - sinceMidnightMs);
    // Both in one day (UTC).
    await reportOften(plaintext);
    await telling.time.pass(DAY_MS * 0.9);
    await reportOften(plaintext);
    expect(await pagesOf(key.id)).toEqual(['ops', 'ops', 'owner-mail', 'owner-mail']);
    expect(await eventsOf(key.id)).toHaveLength(2);
  });

  test('security 45: the current one is revoked, or replaced in one emergency, where the policy says so', async () => {
    const revoked = await issue('revoke');
    expect((await reportOften(revoked.plaintext)).first).toMatchObject({ action: 'revoked' });
    expect(await statesOf(revoked.key.id)).toEqual(['1 revoked']);
    expect(await pagesOf(revoked.key.id)).toEqual(['ops', 'owner-mail']);
    const { key, plaintext } = await issue('rotate');
    const { first } = await reportOften(plaintext);
    expect(first).toMatchObject({ result: 'acted', action: 'rotated', problem: null });
    expect(JSON.stringify(first)).not.toContain('claim#');
    const { items } = await keyturn().rotations.list({ key: key.id });
    expect(items).toMatchObject([{ deliver: 'claim', state: 'waiting' }]);
    expect(await isAccepted(plaintext)).toBe(false);
    expect(await pagesOf(key.id)).toEqual(['ops', 'owner-mail']);
  });

  test('security 45: reports of one secret at once begin one emergency, and the secret after it stays', async () => {
    const { id, current } = await withOld('retiring', 'rotate');
    const { rotations } = keyturn();
    await Promise.all(Array.from({ length: 8 }, () => report(current)));
    const { items } = await rotations.list({ key: id });
    // The one that was under way before gave way to it.
    expect(items.map(({ state }) => state)).toEqual(['waiting', 'superseded']);
    expect(await statesOf(id)).toEqual(['1 revoked', '2 revoked']);
  });

  test('security 45: where nobody would get the new secret, the current one is not ended unasked', async () => {
    const unreachable = await issue('rotate', 'nobody');
    const { first } = await reportOften(unreachable.plaintext);
    expect(first).toMatchObject({
      action: 'told',
      problem: expect.stringContaining('destination'),
    });
    expect(await isAccepted(unreachable.plaintext)).toBe(true);
    const made = await issue('rotate');
    const scopes = ['keys:revoke'];
    const weak = await telling.fleet.at(0).issue({ keyspace: 'keyturn', scopes });
    const { as } = keyturn();
    const answer = await as(await callerOf(weak.plaintext)).keys.reportLeaks({
      reports: [{ plaintext: made.plaintext }],
    });
    expect(answer.items).toMatchObject([
      { action: 'told', problem: expect.stringContaining('keys:rotate') },
    ]);
    expect(await isAccepted(made.plaintext)).toBe(true);
  });

  async function callerOf(plaintext: string) {
    const verdict = await telling.fleet.at(0).verify({ plaintext }, { keyspace: 'keyturn' });
    if (!verdict.valid) throw new Error('It is refused.');
    return { actor: { kind: 'management_key', id: verdict.key.id }, key: verdict.key } as const;
  }

  test('security 45: a key of another keyspace is unknown, as one that never was', async () => {
    const other = await keyturn().keyspaces.create({ name: 'other', prefix: 'other' });
    const { key, plaintext } = await issue('revoke');
    const bound = { keyspaces: [other.id] };
    const made = await telling.fleet
      .at(0)
      .issue({ keyspace: 'keyturn', scopes: ['*'], restrictions: bound });
    const by = keyturn().as(await callerOf(made.plaintext));
    const reports = [{ plaintext }, { plaintext: 'key_live_nobody' }, { plaintext: '' }];
    const unknown = { result: 'unknown' };
    expect((await by.keys.reportLeaks({ reports })).items).toEqual([unknown, unknown, unknown]);
    expect(await statesOf(key.id)).toEqual(['1 current']);
    expect(await eventsOf(key.id)).toEqual([]);
  });

  test('security 45: a dry run does nothing, and what is no news of an ended secret pages nobody', async () => {
    const { id, old } = await withOld('revoked', 'tell');
    const { key, plaintext } = await issue('revoke');
    const dry = { reports: [{ plaintext }, { plaintext: old }], dryRun: true };
    const planned = (await keyturn().keys.reportLeaks(dry)).items;
    expect(planned).toMatchObject([{ action: 'revoked' }, { action: 'none' }]);
    expect(await statesOf(key.id)).toEqual(['1 current']);
    const nowMs = telling.fleet.clock.nowMs();
    for (const dayCount of [-31, 1]) {
      const foundAt = new Date(nowMs + dayCount * DAY_MS).toISOString();
      expect((await report(old, { foundAt })).items).toMatchObject([{ result: 'known' }]);
    }
    expect([...(await eventsOf(id)), ...(await eventsOf(key.id))]).toEqual([]);
    // What still works is acted on, however long it has lain there.
    const foundAt = new Date(nowMs - 400 * DAY_MS).toISOString();
    expect((await report(plaintext, { foundAt })).items).toMatchObject([{ action: 'revoked' }]);
  });

  test('security 45: nothing of what was found is kept, logged or answered', async () => {
    const { id, old, current } = await withOld('retiring', 'rotate');
    const answers: unknown[] = [await report(old), await report(`${current}x`)];
    for (const wrong of [
      { source: `scanner of ${old}` },
      { url: `https://gist.example/${old}` },
      { url: `https://gist.example/${old.replaceAll('_', '%5F')}` },
      { foundAt: old },
      { url: old },
    ]) {
      const fault: unknown = await report(old, wrong).catch((error: unknown) => error);
      expect(fault).toMatchObject({ code: 'unprocessable' });
      answers.push(String(fault), fault);
    }
    answers.push(await report(old, { url: `https://gist.example/x?q=${old}#${old}` }));
    await report(current, { url: `https://user:${old.slice(0, 30)}@gist.example/y?${current}` });
    const { items: events } = await keyturn().events.list({ limit: 200 });
    const outbox = await telling.outbox();
    const seen = JSON.stringify([answers, events, outbox, telling.fleet.log]);
    expect(seen).toContain('secret.leaked');
    expect(seen).toContain('https://gist.example/y');
    expectNothingOf([old, current], seen);
    expect(await eventsOf(id)).toHaveLength(2);
  });
});

const states: readonly SecretState[] = ['current', ...ENDED];
test('security 45: every state of a secret is among those that are reported', () => {
  const all: Readonly<Record<SecretState, true>> = {
    ...{ pending: true, current: true, retiring: true },
    ...{ disabled: true, revoked: true },
  };
  expect(Object.keys(all).toSorted()).toEqual([...states].toSorted());
});
