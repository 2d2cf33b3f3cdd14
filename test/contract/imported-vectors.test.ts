import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { digestOf } from '../../src/keys/digest.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';

const SETTLED_MS = 2_000; // After the clock was set, until the cache may be believed again.

interface Vector {
  readonly name: string;
  readonly row: {
    readonly id: string;
    readonly prefix: string | null;
    readonly hashed_key: string | null;
    readonly name: string;
    readonly created: string;
    readonly expiry_date: string | null;
    readonly revoked: boolean;
  };
  readonly plaintext_key: string;
  readonly at: string;
  readonly expected: string;
}

const recorded: { readonly vectors: readonly Vector[] } = JSON.parse(
  readFileSync(new URL('../vectors/drf.json', import.meta.url), 'utf8'),
);

let fleet: Fleet;
afterEach(() => fleet.close());

describe.each(dataKinds)('keys of djangorestframework-api-key on $name', ({ create }) => {
  beforeEach(async () => {
    fleet = await startFleet({ create, roles: ['server'] });
  });

  /** The clock shows this instant, and the instance has heard of it. */
  async function setClock(at: string): Promise<void> {
    fleet.clock.setByMs(Date.parse(at) - SETTLED_MS - fleet.clock.nowMs());
    await fleet.passMs(SETTLED_MS);
    await fleet.at(0).refresh();
    expect(fleet.clock.nowMs()).toBe(Date.parse(at));
  }

  // Some vectors are one row at two times: whichever comes first is taken.
  test.each([
    ['as they were recorded', recorded.vectors],
    ['the latest first', recorded.vectors.toReversed()],
  ] as const)('come out as the real releases say, %s', async (_order, vectors) => {
    const { keyturn } = fleet.at(0);
    const [{ at } = { at: '' }] = vectors;
    await setClock(at);
    const rows = [...new Map(vectors.map(({ row }) => [JSON.stringify(row), row])).values()];
    const { totals } = await keyturn.keys.import({ rows: rows.map(importable) });
    const { created, unchanged, differs, refused, reissue } = totals;
    expect(created + unchanged + differs + refused + reissue).toBe(totals.rows);
    expect({ differs, reissue }).toEqual({ differs: 1, reissue: 1 });
    // Twice: the first good use has changed how it is stored.
    for (const round of ['first', 'second']) {
      for (const vector of vectors) {
        // Its own address: nobody here guesses.
        const address = `2001:db8:${vectors.indexOf(vector).toString(16)}::1`;
        const verdict = await keyturn.verify({ plaintext: vector.plaintext_key, address });
        const code = verdict.valid ? 'valid' : verdict.code;
        const named = { vector: vector.name, round };
        expect({ ...named, comesOutAs: outcomeOf(code) }).toEqual({
          ...named,
          comesOutAs: vector.expected,
        });
      }
    }
  });
});

/** Releases before 1.4 had no columns for prefix and hash: the id joined them. */
function importable(row: Vector['row']) {
  const [prefixOfId, hashOfId] = partsOf(row.id);
  return {
    id: digestOf(row.id),
    name: row.name,
    createdAt: row.created,
    expiresAt: row.expiry_date,
    state: row.revoked ? 'revoked' : 'active',
    prefix: row.prefix ?? prefixOfId,
    hash: row.hashed_key ?? hashOfId,
  };
}

/** Hashes have dots, too: the first one counts. */
function partsOf(id: string): readonly [string, string] {
  const at = id.indexOf('.');
  return [id.slice(0, at), id.slice(at + 1)];
}

function outcomeOf(code: string): string {
  return code === 'unknown' || code === 'malformed' ? 'refused' : code;
}
