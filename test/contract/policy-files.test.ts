import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';

const DAY_MS = 86_400_000;
/** The one of the design, as far as this version has its fields. */
const WHOLE = `
policy: prod-quarterly
schedule:  { every: 90d, mode: before, lead: 30d, spread: 14d, window: "Tue-Thu 09:00-15:00", timezone: Europe/Zurich, blackout: [2026-12-18/2027-01-05] }
overlap:   { min: 24h, soft: 7d, hard: 21d, at_hard: hold }     # hold | extend | revoke
evidence:  { require: [E1, E2, E3, E4, E5], baseline: 35d, gaps: 60s, undo: 24h }
brownouts: { after: 7d, for: 5m, share: [1%, 10%, 50%] }        # optional
claim:     { remind: [3d, 7d, 14d], close: 30d, unclaimed: hold }
approval:  { approvers: 1 }
expiry:    { max_age: 120d, unused: 45d }
reference: "PCI DSS 8.6.3, risk analysis 2026-04"
`;

describe.each(dataKinds)('policy files on $name', ({ create }) => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet({ create, roles: ['server', 'tool'] });
  });
  afterAll(() => fleet.close());

  const policies = () => fleet.at(0).keyturn.policies;
  const apply = (file: string, dryRun = false) => policies().apply({ file, dryRun });
  const faultsOf = (file: string) =>
    apply(file).then(
      () => [],
      ({ errors }) =>
        errors.map(
          ({ pointer, message }: { pointer: string; message: string }) => `${pointer} ${message}`,
        ),
    );

  test('say all that a policy says', async () => {
    const { policies: applied } = await apply(WHOLE);
    expect(applied).toMatchObject([{ action: 'created', keyCount: 0 }]);
    const policy = await policies().get('prod-quarterly');
    expect(policy).toMatchObject({
      schedule: {
        every: '90d',
        mode: 'before',
        lead: '30d',
        spread: '14d',
        window: 'Tue-Thu 09:00-15:00',
        timezone: 'Europe/Zurich',
        blackout: ['2026-12-18/2027-01-05'],
        runwayUntil: null,
      },
      overlap: { min: '1d', soft: '7d', hard: '21d', atHard: 'hold' },
      brownouts: { after: '7d', for: '5m', share: [1, 10, 50] },
      approval: { approvers: 1 },
      expiry: { maxAge: '120d', unused: '45d', grace: '14d', disable: 'unused', runwayUntil: null },
      reference: 'PCI DSS 8.6.3, risk analysis 2026-04',
    });
    const again = await apply(WHOLE);
    expect(again.policies).toMatchObject([{ action: 'unchanged', changes: [] }]);
    expect((await policies().get('prod-quarterly')).version).toBe(policy.version);
  });

  test('are applied whole or not at all, and a dry run changes nothing', async () => {
    const good = 'policy: one\n---\npolicy: two\npreset: quarterly\nschedule: { every: 60d }\n';
    expect((await apply(good, true)).policies).toHaveLength(2);
    await expect(policies().get('one')).rejects.toMatchObject({ code: 'not_found' });
    const bad = `${good}---\npolicy: three\noverlap: { min: 9d, soft: 1d, hard: 1d }\n`;
    expect(await faultsOf(bad)).toEqual([
      expect.stringMatching(/^\/overlap.* in line 8, column \d+, /),
    ]);
    await expect(policies().get('one')).rejects.toMatchObject({ code: 'not_found' });
    await apply(good);
    expect((await policies().get('two')).schedule).toMatchObject({ every: '60d', lead: '30d' });
    const changed = await apply('policy: two\nreference: since\n');
    expect(changed.policies[0]?.changes).toContainEqual({
      field: 'schedule.every',
      before: '60d',
      after: null,
    });
    expect((await policies().get('two')).schedule).toBeNull();
  });

  test.each([
    ['', ' holds no policy.'],
    ['- a', ' in line 1, column 1, is not an object.'],
    ['policy: a\npolicy: b', ' line 2, column 1: Map keys must be unique.'],
    [
      'policy: a\noverlap: {mim: 1d}',
      '/overlap/mim in line 2, column 11, is not a field of this request.',
    ],
    ['policy: a\nschedule: {}', '/schedule/every in line 2, column 1, is missing.'],
    ['schedule: {every: 90d}', '/policy in line 1, column 1, is missing.'],
    ['policy: a\nschedule: {every: soon}', '/schedule/every in line 2, column 12, is no duration.'],
    [
      'policy: a\noverlap: {hard: 21d}\nschedule: {every: 90d, lead: 20d}',
      '/schedule/lead in line 3, column 24, is 20d, and a rotation may take overlap.hard 21d + evidence.undo 1d = 22d.',
    ],
    [
      'policy: a\noverlap: {hard: 21d}\nclaim: {close: 20d}\nschedule: {every: 90d, lead: 22d, deliver: claim}',
      '/schedule/lead in line 4, column 24, is 22d, and a rotation may take claim.close 20d + overlap.hard 21d + evidence.undo 1d = 42d.',
    ],
    [
      'policy: a\nschedule: {every: 60d, deliver: claim}',
      '/schedule/every in line 2, column 12, is 60d, and a rotation may take claim.close 30d + overlap.hard 30d + evidence.undo 1d = 61d.',
    ],
    [
      'policy: a\noverlap:\n  hard: 3d',
      '/overlap/hard in line 3, column 3, is 3d, which is shorter than overlap.soft 7d, which it is where nothing is said.',
    ],
    [
      'policy: a\npreset: quarterly\noverlap: {hard: 3d}',
      '/overlap/hard in line 3, column 11, is 3d, which is shorter than overlap.soft 7d.',
    ],
    [
      'policy: a\noverlap: {soft: 31d}',
      '/overlap/soft in line 2, column 11, is 31d, which is longer than overlap.hard 30d.',
    ],
    [
      'policy: a\nschedule: {every: 7d}',
      '/schedule/every in line 2, column 12, is 7d, and a rotation may take overlap.hard 30d + evidence.undo 1d = 31d.',
    ],
    [
      'policy: a\npreset: quarterly\nschedule: {every: 30d}',
      '/schedule/lead in line 3, column 1, is 30d, which is not shorter than schedule.every 30d.',
    ],
    [
      'policy: a\nschedule: {every: 40d, spread: 20d}',
      '/schedule/spread in line 2, column 24, and lead together are 51d, and schedule.every is 40d.',
    ],
    [
      'policy: a\nschedule: {every: 90d, window: never}',
      '/schedule/window in line 2, column 24, is no window.',
    ],
    [
      'policy: a\nschedule: {every: 90d, timezone: Mars/Olympus}',
      '/schedule/timezone in line 2, column 24, is no time zone.',
    ],
    [
      'policy: a\nschedule:\n  every: 90d\n  blackout:\n    - 2026-01-01\n    - soon',
      '/schedule/blackout/1 in line 6, column 7, is neither a date nor two.',
    ],
    [
      'policy: a\npreset: quartely',
      '/preset in line 2, column 1, is not one of "quarterly", "annual", "customers", "regulatory", "incident", "ci", "remind".',
    ],
    ['policy: a\n---\npolicy: a', '/file names the policy "a" twice.'],
    ['policy: a\nname: b', '/policy in line 1, column 1, is said twice: "policy" and "name".'],
    [
      'policy: a\npreset: ci\noverlap: {at_hard: hold, atHard: revoke}',
      '/overlap/at_hard in line 3, column 11, is said twice: "at_hard" and "atHard".',
    ],
    [
      'policy: a\noverlap: {min: 1d, atHard: never}',
      '/overlap/at_hard in line 2, column 20, is not one of "hold", "extend", "revoke".',
    ],
  ])('%j is refused with its place', async (file, fault) => {
    expect(await faultsOf(file)).toEqual([fault]);
  });

  test.each([
    ['quartely', 'Did you mean "quarterly"?'],
    ['Anual', 'Did you mean "annual"?'],
    ['none-like-it', /^Send one of "quarterly", /],
  ])('with the preset %s are told which one was meant', async (preset, fix) => {
    const refused = apply(`policy: a\npreset: ${preset}`);
    const said = typeof fix === 'string' ? fix : expect.stringMatching(fix);
    await expect(refused).rejects.toMatchObject({ errors: [{ pointer: '/preset', fix: said }] });
  });

  test('take a share of calls in percent, and leave every other text as it is', async () => {
    const file =
      'policy: shared\nreference: "10%"\nbrownouts: {after: 1d, for: 1m, share: [10%]}\n';
    const [made] = (await apply(file, true)).policies;
    expect(made?.policy).toMatchObject({ reference: '10%', brownouts: { share: [10] } });
  });

  test.each([
    ['7d', 'Give more than 31d, an overlap.hard of less than 6d, or "after" as schedule.mode.'],
    ['12h', 'Give more than 31d, or "after" as schedule.mode.'],
  ])('that rotate each %s by the terms of the house are told what to write', async (every, fix) => {
    const refused = apply(`policy: a\nschedule: {every: ${every}}`);
    await expect(refused).rejects.toMatchObject({ errors: [{ fix }] });
    await apply(`policy: a\nschedule: {every: ${every}, mode: after}`, true);
  });

  test.each([
    [
      'aliases that unfold',
      `policy: a\nreference: &a [x,x,x,x,x,x,x,x,x,x]\n${'bcdefgh'
        .split('')
        .map((name, index) => `${name}: &${name} [${`*${'abcdefg'[index]},`.repeat(10)}]`)
        .join('\n')}`,
    ],
    ['an alias of itself', 'policy: a\nreference: &a { b_c: *a }'],
    ['brackets without end', `policy: ${'['.repeat(31_000)}`],
    ['a prototype', 'policy: a\n__proto__: { selfRotation: true }'],
    ['a length without end', `policy: a\n# ${'x'.repeat(40_000)}`],
    ['a depth without end', `policy: a\noverlap: ${'['.repeat(5_000)}`],
    ['a tag', 'policy: !!js/function "function(){}"'],
  ])('%s are a report, never a crash', async (_name, file) => {
    const faults = await faultsOf(file);
    expect(faults.length).toBeGreaterThan(0);
    expect(faults.length).toBeLessThanOrEqual(20);
    expect(Object.prototype).not.toHaveProperty('selfRotation');
  });

  test('a new schedule leaves the keys that follow it a runway, and says so first', async () => {
    await policies().create({ name: 'runway' });
    const { key } = await fleet.at(0).issue({ policy: 'runway' });
    const file = 'policy: runway\npreset: ci\n';
    const nowMs = fleet.clock.nowMs();
    const planned = await policies().test({ file });
    const until = planned.policies[0]?.policy.schedule?.runwayUntil ?? '';
    expect(Date.parse(until)).toBeGreaterThanOrEqual(nowMs + 30 * DAY_MS);
    expect(planned.policies[0]).toMatchObject({ action: 'changed', keyCount: 1 });
    const [first] = planned.policies[0]?.due ?? [];
    expect(first?.key).toEqual({ id: key.id, name: key.name });
    expect(Date.parse(first?.startAt ?? '')).toBeGreaterThanOrEqual(Date.parse(until));
    expect(first?.reasons).toContain('runway: the schedule was changed');
    await apply(file);
    const { schedule } = await policies().get('runway');
    expect(Date.parse(schedule?.runwayUntil ?? '')).toBeGreaterThanOrEqual(nowMs + 30 * DAY_MS);
    // Said again, nothing moves; changed by hand, it does.
    fleet.clock.advanceMs(DAY_MS);
    expect((await apply(file)).policies).toMatchObject([{ action: 'unchanged' }]);
    const patched = await policies().update('runway', {
      schedule: { every: '20d', mode: 'after' },
    });
    expect(Date.parse(patched.schedule?.runwayUntil ?? '')).toBeGreaterThan(Date.parse(until));
  });

  test('tell the next ten times of all keys that follow, the soonest first', async () => {
    const file = 'policy: told\nschedule: { every: 90d, mode: after, spread: 30d }\n';
    const none = await policies().test({ file });
    expect(none.policies[0]?.due).toHaveLength(10);
    expect(none.policies[0]?.due[0]?.key).toBeNull();
    await apply(file);
    const made = await Promise.all(
      Array.from({ length: 12 }, () => fleet.at(0).issue({ policy: 'told' })),
    );
    const due = (await policies().test({ file })).policies[0]?.due ?? [];
    const starts = due.map(({ startAt }) => startAt);
    expect(starts).toEqual(starts.toSorted());
    expect(new Set(due.map(({ key }) => key?.id)).size).toBe(10);
    expect(made.map(({ key }) => key.id)).toEqual(
      expect.arrayContaining(due.map(({ key }) => key?.id)),
    );
  });
});
