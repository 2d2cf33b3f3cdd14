import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createKeyturn } from '../../src/index.js';
import type { PolicyPatch } from '../../src/policy-views.js';
import type { Keyturn } from '../../src/public.js';

const DAY_MS = 86_400_000;
const QUARTERLY = 'preset: quarterly';

/** What is wrong with it, in a file of its own line and column. */
const WRONG = [
  ['{ max_age: 20h }', '/expiry/max_age', 'line 3, column 11, is too short or too long.'],
  ['{ max_age: soon }', '/expiry/max_age', 'line 3, column 11, is no duration.'],
  [
    '{ max_age: 119d }',
    '/expiry/max_age',
    'line 3, column 11, is 119d, and by its schedule a secret may be accepted for schedule.every 90d + schedule.lead 30d = 120d.',
  ],
  [
    '{ unused: 34d }',
    '/expiry/unused',
    'line 3, column 11, is 34d, and who has used a key in the last 35d counts as its user (evidence.baseline).',
  ],
  ['{ unused: 9999d }', '/expiry/unused', 'line 3, column 11, is too short or too long.'],
  ['{ unused: 45d, grace: 1h }', '/expiry/grace', 'line 3, column 24, is too short or too long.'],
  [
    '{ unused: 45d, disable: all }',
    '/expiry/disable',
    'line 3, column 24, is not one of "unused", "never".',
  ],
  [
    '{ unused: 45d, revoke: 1d }',
    '/expiry/revoke',
    'line 3, column 24, is not a field of this request.',
  ],
] as const;

describe('what a policy says of old secrets and unused keys', () => {
  let keyturn: Keyturn;
  beforeAll(async () => {
    keyturn = await createKeyturn({ database: 'memory:' });
  });
  afterAll(() => keyturn.close());

  const faultsOf = (doing: Promise<unknown>): Promise<readonly string[]> =>
    doing.then(
      () => [],
      ({ errors }) =>
        errors.map(({ pointer, message }: Record<string, string>) => `${pointer} ${message}`),
    );

  test.each(WRONG)('%s is refused where it stands', async (expiry, pointer, message) => {
    const file = `policy: wrong\n${QUARTERLY}\nexpiry: ${expiry}\n`;
    expect(await faultsOf(keyturn.policies.apply({ file }))).toEqual([`${pointer} in ${message}`]);
  });

  test('is changed field by field, and taken away', async () => {
    const { policies } = keyturn;
    const { expiry } = await policies.create({ name: 'whole', expiry: { unused: '45d' } });
    const whole = { maxAge: null, unused: '45d', grace: '14d', disable: 'unused' } as const;
    expect(expiry).toEqual({ ...whole, runwayUntil: null });
    const changedTo = async (patch: PolicyPatch['expiry']) =>
      (await policies.update('whole', { expiry: patch })).expiry;
    expect(await changedTo({ maxAge: '200d' })).toMatchObject({ ...whole, maxAge: '200d' });
    expect(await changedTo({ unused: null, grace: '2d' })).toMatchObject({
      maxAge: '200d',
      unused: null,
      grace: '2d',
    });
    expect((await policies.update('whole', { reference: 'audit' })).expiry).not.toBeNull();
    expect(await changedTo({ maxAge: null })).toBeNull();
    expect(await changedTo({ unused: '50d' })).toMatchObject({ unused: '50d', grace: '14d' });
    expect(await changedTo(null)).toBeNull();
    const late = policies.update('whole', {
      expiry: { maxAge: '90d' },
      schedule: { every: '60d', mode: 'after', spread: '10d' },
    });
    expect(await faultsOf(late)).toEqual([
      '/expiry/maxAge is 90d, and by its schedule a secret may be accepted for schedule.every 60d + schedule.spread 10d + overlap.hard 30d + evidence.undo 1d = 101d.',
    ]);
  });

  test('counts the time in which a claim may be opened, where a secret is made then', async () => {
    const schedule = { every: '90d', mode: 'after', deliver: 'claim' } as const;
    const claimed = (maxAge: string) =>
      keyturn.policies.create({
        name: 'claimed',
        overlap: { hard: '21d' },
        schedule,
        expiry: { maxAge },
      });
    expect(await faultsOf(claimed('141d'))).toEqual([
      '/expiry/maxAge is 141d, and by its schedule a secret may be accepted for schedule.every 90d + claim.close 30d + overlap.hard 21d + evidence.undo 1d = 142d.',
    ]);
    expect((await claimed('142d')).expiry).toMatchObject({ maxAge: '142d' });
  });

  test('is in the preset for who is audited, and fits its schedule', async () => {
    await keyturn.policies.apply({ file: 'policy: audited\npreset: regulatory\n' });
    expect((await keyturn.policies.get('audited')).expiry).toMatchObject({
      maxAge: '120d',
      unused: '76d',
      grace: '14d',
      disable: 'unused',
    });
  });

  test('leaves who follows it a runway, that a change of other fields does not renew', async () => {
    const { policies, keys } = keyturn;
    await policies.create({ name: 'followed' });
    await keys.create({ name: 'Acme CI', policy: 'followed' });
    const { expiry } = await policies.update('followed', { expiry: { unused: '45d' } });
    const untilMs = Date.parse(expiry?.runwayUntil ?? '');
    expect(untilMs).toBeGreaterThan(Date.now() + 29 * DAY_MS);
    const renamed = await policies.update('followed', { reference: 'audit' });
    expect(renamed.expiry).toEqual(expiry);
    const file = 'policy: followed\nexpiry: { unused: 45d }\nreference: audit\n';
    expect((await policies.apply({ file })).policies[0]?.action).toBe('unchanged');
  });

  test('is said of each key before it is so, the soonest first', async () => {
    const { policies, keys } = keyturn;
    await policies.create({ name: 'tried' });
    const { key } = await keys.create({ name: 'Acme CI', policy: 'tried' });
    const file = 'policy: tried\nexpiry: { max_age: 80d, unused: 45d, grace: 10d }\n';
    const { policies: trials } = await policies.test({ file });
    const bornMs = Date.parse(key.createdAt);
    const dayAt = (days: number) => new Date(bornMs + days * DAY_MS).toISOString();
    const of = { id: key.id, name: 'Acme CI' };
    const held = 'its policy names nobody in notify.channels';
    expect(trials[0]?.expiry).toEqual([
      { at: dayAt(45), what: 'unused', key: of, held: null },
      { at: dayAt(55), what: 'disabled', key: of, held },
      { at: dayAt(80), what: 'past_policy', key: of, held: null },
    ]);
    expect((await policies.test({ file: 'policy: tried\n' })).policies[0]?.expiry).toEqual([]);
  });
});
