import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { aForeignKey, aRow, saltedOf } from '../contract/import-rows.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { scaled, seed } from '../setup/scale.js';

const time = fc
  .date({ min: new Date('1970-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString());
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

/** What a row can be, and what it cannot. */
const row = fc.record({
  id: fc.oneof(fc.string({ unit: 'binary' }), fc.integer({ min: 0, max: 9 })),
  name: fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.constant(null)),
  owner: maybe(fc.string({ unit: 'binary', maxLength: 5 })),
  scopes: maybe(fc.array(fc.constantFrom('a:b', 'a:*', '*', 'A B'), { maxLength: 3 })),
  metadata: maybe(fc.object({ maxDepth: 2 })),
  createdAt: maybe(fc.oneof(time, fc.constant('never'))),
  expiresAt: maybe(fc.oneof(time, fc.constant('2027-01-01T00:00:00.000001Z'))),
  state: maybe(fc.constantFrom('active', 'disabled', 'revoked')),
  secret: fc.constantFrom('sha512', 'salted', 'plaintext', 'none', 'garbage'),
});

type Drawn = typeof row extends fc.Arbitrary<infer T> ? T : never;

function rowOf({ secret, ...fields }: Drawn): object {
  const plaintext = aForeignKey();
  const made = { ...aRow(plaintext), ...fields };
  switch (secret) {
    case 'sha512':
      return made;
    case 'salted':
      return { ...made, hash: saltedOf(plaintext) };
    case 'plaintext':
      return { ...made, hash: undefined, plaintext };
    case 'garbage':
      return { ...made, hash: `pbkdf2_sha256$${plaintext}` };
    default:
      return { ...made, hash: null };
  }
}

describe.each(dataKinds)('a random table on $name', ({ create }) => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet({ create, roles: ['tool'] });
  });
  afterAll(() => fleet.close());

  test('is imported with a report that adds up, and once more without a change', async () => {
    const { keyturn } = fleet.at(0);
    let count = 0;
    const table = fc.array(row, { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(table, async (drawn) => {
        count += 1;
        const { name: keyspace } = await keyturn.keyspaces.create({
          name: `table-${count}`,
          prefix: `t${count}`,
        });
        const rows = drawn.map(rowOf);
        const first = await keyturn.keys.import({ rows, keyspace });
        const { totals } = first;
        const { created, unchanged, differs, refused, reissue } = totals;
        expect(created + unchanged + differs + refused + reissue).toBe(rows.length);
        expect(first.rows.map((result) => result.row)).toEqual(rows.map((_row, index) => index));
        const before = await keyturn.events.list({ keyspace, limit: 200 });
        const again = await keyturn.keys.import({ rows, keyspace });
        expect(again.totals).toMatchObject({ created: 0, refused, reissue });
        expect(again.totals.unchanged + again.totals.differs).toBe(created + unchanged + differs);
        for (const [index, { outcome, key }] of first.rows.entries()) {
          // What was made is found again as it was made.
          if (outcome !== 'created') continue;
          expect(again.rows[index]).toMatchObject({ outcome: 'unchanged', key });
        }
        expect(await keyturn.events.list({ keyspace, limit: 200 })).toEqual(before);
      }),
      { seed: seed(), numRuns: scaled(25) },
    );
  });
});
