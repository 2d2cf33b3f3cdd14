import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { durableKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { type Head, Trail } from './trail.js';

const EVENT_COUNT = 7;

/** What a column of the fourth event is made, and what that is found as. */
const edits = [
  ["type = 'owner.updated'", 'edited'],
  ['occurred_at = occurred_at + 1', 'edited'],
  ["actor_kind = 'scheduler'", 'edited'],
  ["actor_id = 'nobody'", 'edited'],
  ["subject_kind = 'key'", 'edited'],
  ["subject_id = 'other'", 'edited'],
  ["changes = '[]'", 'edited'],
  ["reason = 'because'", 'edited'],
  ["request_id = 'req-1'", 'edited'],
  [`id = 'evt_${'0'.repeat(26)}'`, 'edited'],
  [`hash = '${'A'.repeat(43)}'`, 'edited'],
  [`previous_hash = '${'A'.repeat(43)}'`, 'unlinked'],
  ['number = number + 100', 'gap'],
  ["keyspace_id = 'ks_01m85trj2xcm8b615p7yx30519'", 'gap'],
] as const;

describe.each(durableKinds)('an audit trail on $name', ({ create }) => {
  let fleet: Fleet;
  let trail: Trail;
  let head: Head;
  let trailCount = 0;
  beforeAll(async () => {
    fleet = await startFleet({ create, roles: ['server'] });
  });
  beforeEach(async () => {
    trailCount += 1;
    trail = await Trail.write(fleet, `trail${trailCount}`);
    ({ head } = await trail.verified());
  });
  afterAll(() => fleet.close());

  test('security 29: verifies as it was written, against its own heads of before', async () => {
    const heads = (await trail.events()).map(({ number, hash }) => ({ number, hash }));
    const report = { ok: true, eventCount: EVENT_COUNT, fault: null };
    expect(await trail.verified(...heads, head)).toMatchObject(report);
    expect(heads.at(-1)).toEqual(head);
  });

  test.each([1, 2, EVENT_COUNT])('security 29: shows that the last %i are gone', async (count) => {
    const number = EVENT_COUNT - count + 1;
    await trail.execute(`delete from events where ${trail.isOurs} and number >= ${number}`);
    const fault = { kind: 'truncated', number };
    expect(await trail.verified()).toMatchObject({ ok: false, fault });
  });

  test('security 29: shows it against a kept head, even if the head went with them', async () => {
    const [, second] = await trail.events();
    if (second === undefined) throw new Error('There is no second event.');
    await trail.execute(`delete from events where ${trail.isOurs} and number > 2`);
    await trail.setHead(second);
    expect(await trail.verified(second)).toMatchObject({ ok: true }); // That old, it cannot tell.
    const fault = { kind: 'truncated', number: 3 };
    expect(await trail.verified(head)).toMatchObject({ ok: false, fault });
  });

  test('security 29: shows that all of it is gone, its head too', async () => {
    await trail.execute(`delete from events where ${trail.isOurs}`);
    await trail.execute(`delete from chain_heads where ${trail.isOurs}`);
    const fault = { kind: 'truncated', number: 1 };
    expect(await trail.verified()).toMatchObject({ ok: false, fault });
  });

  test('security 29: shows that its head is gone', async () => {
    await trail.execute(`delete from chain_heads where ${trail.isOurs}`);
    expect(await trail.verified()).toMatchObject({ ok: false, fault: { kind: 'rewritten' } });
  });

  test('security 29: shows that its keyspace is gone with it, against a kept head', async () => {
    const { keyspace, isOurs } = trail;
    const name = `${keyspace}-gone`;
    await trail.execute(`update keyspaces set name = '${name}' where id = '${trail.keyspaceId}'`);
    const known = [{ keyspace, head }];
    const fault = { kind: 'truncated', number: 1 };
    const gone = expect.objectContaining({ keyspace, ok: false, fault });
    const { events } = fleet.at(0).keyturn;
    expect(await events.verify({ known })).toContainEqual(gone);
    for (const table of ['owners', 'secrets', 'keys', 'events', 'chain_heads']) {
      const inIt = table === 'secrets' ? `key_id in (select id from keys where ${isOurs})` : isOurs;
      await trail.execute(`delete from ${table} where ${inIt}`);
    }
    await trail.execute(`delete from keyspaces where id = '${trail.keyspaceId}'`);
    expect(await events.verify({ known })).toContainEqual(gone);
    const others = (await events.verify()).map((report) => report.keyspace);
    expect(others).not.toContain(keyspace);
  });

  test.each(edits)('security 29: shows that %s was written into a row', async (edit, kind) => {
    await trail.edit(4, edit);
    expect(await trail.verified()).toMatchObject({ ok: false, fault: { kind, number: 4 } });
  });

  test('security 29: shows an event that was taken out of the middle', async () => {
    await trail.execute(`delete from events where ${trail.isEvent(4)}`);
    const fault = { kind: 'gap', number: 4 };
    expect(await trail.verified()).toMatchObject({ ok: false, fault });
  });

  test('security 29: shows two events that changed places', async () => {
    await trail.edit(4, 'number = 104');
    await trail.edit(5, 'number = 4');
    await trail.execute(`update events set number = 5 where ${trail.isEvent(104)}`);
    expect(await trail.verified()).toMatchObject({ ok: false, fault: { kind: 'gap', number: 4 } });
  });

  test('security 29: shows an event that was put behind the last', async () => {
    const forged = await trail.forge();
    const fault = { kind: 'rewritten', number: EVENT_COUNT + 1 };
    expect(await trail.verified(head)).toMatchObject({ ok: false, fault });
    await trail.setHead(forged);
    // Whoever writes the head too adds what nobody can tell: only what was kept is proved.
    expect(await trail.verified(head)).toMatchObject({ ok: true, head: forged });
  });

  test('security 29: shows that it was rewritten as a whole, against a kept head', async () => {
    const [, second] = await trail.events();
    if (second === undefined) throw new Error('There is no second event.');
    const forged = await trail.rewrite(3, { reason: 'as agreed', actor: admin('somebody else') });
    expect(forged).not.toEqual(head);
    expect(await trail.verified()).toMatchObject({ ok: true, head: forged });
    expect(await trail.verified(second)).toMatchObject({ ok: true });
    const fault = { kind: 'rewritten', number: EVENT_COUNT };
    expect(await trail.verified(head)).toMatchObject({ ok: false, fault });
    expect(await trail.verified(second, head, forged)).toMatchObject({ ok: false, fault });
  });

  test('security 29: shows that a head was written without its events', async () => {
    await trail.setHead({ ...head, number: head.number + 1 });
    const missing = { kind: 'truncated', number: EVENT_COUNT + 1 };
    expect(await trail.verified()).toMatchObject({ ok: false, fault: missing });
    await trail.setHead({ ...head, hash: 'A'.repeat(43) });
    const other = { kind: 'rewritten', number: EVENT_COUNT };
    expect(await trail.verified()).toMatchObject({ ok: false, fault: other });
  });

  test.each(['value = \'"Eve"\'', "salt = 'AAAAAAAAAAAAAAAAAAAAAA'"])(
    'security 29: shows that %s was written beside it',
    async (edit) => {
      const names = `${trail.isOurs} and value like '%"Ada"%'`;
      expect(await trail.execute(`select * from personal_values where ${names}`)).toHaveLength(1);
      await trail.execute(`update personal_values set ${edit} where ${names}`);
      expect(await trail.verified()).toMatchObject({ ok: false, fault: { kind: 'edited' } });
    },
  );

  test('security 29: verifies when what is personal was erased', async () => {
    await fleet.at(0).keyturn.owners.erase('acme', { keyspace: trail.keyspace });
    const names = `select * from personal_values where ${trail.isOurs} and value like '%"Ada"%'`;
    expect(await trail.execute(names)).toEqual([]);
    expect(await trail.verified(head)).toMatchObject({ ok: true, eventCount: EVENT_COUNT + 1 });
  });
});

function admin(id: string) {
  return { kind: 'application', id } as const;
}
