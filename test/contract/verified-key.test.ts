import { afterEach, describe, expect, test } from 'vitest';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';

let fleet: Fleet;
afterEach(() => fleet.close());

describe.each(dataKinds)('the key of an accepted check on $name', ({ create }) => {
  test('has every field of its own, so that a copy has them too', async () => {
    fleet = await startFleet({ create, roles: ['server'] });
    const made = await fleet.at(0).issue({
      owner: 'acme',
      scopes: ['reports:read'],
      metadata: { plan: { name: 'gold', seats: [1, 2] } },
      tags: ['beta'],
      expiresAt: '2999-01-01',
      notBefore: '2020-01-01',
      restrictions: { methods: ['GET'] },
    });
    const verdict = await fleet.at(0).verify(made, { method: 'GET' });
    if (!verdict.valid) throw new Error(`It was refused: ${verdict.code}.`);
    const { id, keyspace, name, owner, environment, scopes, metadata, tags } = made.key;
    const { expiresAt, notBefore, restrictions, version } = made.key;
    const wanted = {
      ...{ id, keyspace, name, owner, environment, scopes, metadata, tags },
      ...{ expiresAt, notBefore, restrictions, version },
    };
    expect({ ...verdict.key }).toEqual(wanted);
    expect(structuredClone(verdict.key)).toEqual(wanted);
    expect(JSON.parse(JSON.stringify(verdict.key))).toEqual(wanted);
  });

  test('cannot be changed by who received it', async () => {
    fleet = await startFleet({ create, roles: ['server'] });
    const metadata = { plan: { name: 'gold', seats: [1, 2] } };
    const made = await fleet.at(0).issue({ metadata, scopes: ['a:b'], tags: ['beta'] });
    const verdict = await fleet.at(0).verify(made);
    if (!verdict.valid) throw new Error(`It was refused: ${verdict.code}.`);
    const { key } = verdict;
    const holders: readonly (readonly [object, string])[] = [
      [verdict, 'valid'],
      [key, 'name'],
      [key.scopes, '0'],
      [key.tags, '0'],
      [key.metadata, 'plan'],
      [Object(key.metadata['plan']), 'name'],
      [Object(key.metadata['plan']).seats, '0'],
      [key.restrictions, 'methods'],
    ];
    for (const [holder, name] of holders) expect(Reflect.set(holder, name, 'other')).toBe(false);
    expect(await fleet.at(0).verify(made)).toMatchObject({ key: { name: 'Acme CI', metadata } });
  });
});
