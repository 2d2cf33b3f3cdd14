import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { mint } from '../../src/keys/format.js';
import { systemPorts } from '../../src/ports.js';
import type { CreatedKey } from '../../src/public.js';
import { durableKinds } from '../setup/data.js';
import { type Fleet, startFleet, turn } from '../setup/fleet.js';
import { NEWEST } from '../setup/schema.js';

const { random } = systemPorts();
const UNAVAILABLE = { valid: false, code: 'unavailable', retryAfter: 1 };
const NEWER = 'insert into keyturn_schema (version, readable_from, applied_at) values (99, 99, 0)';
const POLL_MS = 1_700; // A third of the default bound, and a little.

let fleet: Fleet;
afterEach(() => fleet.close());

describe.each(durableKinds)('a database whose schema changes under a server on $name', (kind) => {
  let warm: CreatedKey;
  let cold: CreatedKey;

  beforeEach(async () => {
    fleet = await startFleet({ create: kind.create, roles: ['server'] });
    warm = await fleet.at(0).issue();
    cold = await fleet.at(0).issue();
    expect(await fleet.at(0).verify(warm)).toMatchObject({ valid: true });
  });

  /** Lets the poll that is due next end. */
  async function poll(): Promise<void> {
    const { store } = fleet.at(0);
    const failuresBefore = fleet.at(0).metric('keyturn_feed_failures');
    const ageOf = () => fleet.at(0).metric('keyturn_cache_age_seconds');
    await fleet.passMs(POLL_MS);
    store.wake();
    const isOver = () =>
      fleet.at(0).metric('keyturn_feed_failures') > failuresBefore || ageOf() === 0;
    while (!isOver()) await turn();
  }

  const madeUp = (prefix: string) => ({
    plaintext: mint({ prefix, environment: 'live' }, random).reveal(),
  });

  async function expectNothingAnswered(code: string): Promise<void> {
    for (const made of [warm, cold, madeUp('key'), madeUp('other')]) {
      expect(await fleet.at(0).verify(made)).toMatchObject(UNAVAILABLE);
    }
    const named = { headers: [], keyspace: 'other' };
    expect(await fleet.at(0).keyturn.verify(named)).toMatchObject(UNAVAILABLE);
    expect(await fleet.at(0).keyturn.readiness()).toMatchObject({ ready: false, code });
  }

  test('is read no more when a newer Keyturn has migrated it, and says so', async () => {
    await fleet.data.execute(NEWER);
    await poll();
    await expectNothingAnswered('schema_newer');
    const { detail } = await fleet.at(0).keyturn.readiness();
    expect(detail).toContain(
      `has schema 99; this Keyturn reads up to ${NEWEST}. Install the newer`,
    );
    expect(fleet.log).toContainEqual(
      expect.objectContaining({ level: 'error', fields: { room: 'fleet', code: 'schema_newer' } }),
    );
  });

  test('is read no more when its list of migrations was emptied', async () => {
    await fleet.data.execute('delete from keyturn_schema');
    await poll();
    await expectNothingAnswered('schema_uninitialised');
  });

  test('is read no more when its sequence of changes was emptied', async () => {
    await fleet.data.execute('delete from change_sequence');
    await poll();
    await expectNothingAnswered('schema_uninitialised');
  });

  test('is written no more, before any poll has seen it', async () => {
    await fleet.data.execute(NEWER);
    const { keys } = fleet.at(0).keyturn;
    const refused = { code: 'schema_newer' };
    await expect(keys.revoke(cold.key.id)).rejects.toMatchObject(refused);
    await expect(keys.create({ name: 'late' })).rejects.toMatchObject(refused);
    const left = await fleet.data.execute("select name from keys where state = 'revoked'");
    expect(left).toEqual([]);
    expect(await fleet.data.execute("select name from keys where name = 'late'")).toEqual([]);
  });

  test('is worked on as before when the newer one left it readable', async () => {
    const readable = 'insert into keyturn_schema (version, readable_from, applied_at) values';
    await fleet.data.execute(`${readable} (98, 1, 0)`);
    await poll();
    expect(await fleet.at(0).verify(cold)).toMatchObject({ valid: true });
    await fleet.at(0).keyturn.keys.revoke(cold.key.id);
    expect(await fleet.at(0).verify(cold)).toMatchObject({ code: 'revoked' });
  });

  test('is worked on again once it is as it was', async () => {
    await fleet.data.execute(NEWER);
    await poll();
    await expectNothingAnswered('schema_newer');
    await fleet.data.execute('delete from keyturn_schema where version = 99');
    await poll();
    expect(await fleet.at(0).keyturn.readiness()).toMatchObject({ ready: true });
    for (const made of [warm, cold]) {
      expect(await fleet.at(0).verify(made)).toMatchObject({ valid: true });
    }
  });
});
