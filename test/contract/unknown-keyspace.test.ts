import { afterEach, describe, expect, test } from 'vitest';
import { NotFoundError } from '../../src/errors.js';
import { createTestKeyturn } from '../../src/testing.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { faultOf } from './misuse.js';

let fleet: Fleet | undefined;
afterEach(async () => {
  await fleet?.close();
  fleet = undefined;
});

describe.each(dataKinds)('a check for a keyspace that is not there, on $name', ({ create }) => {
  test.each([
    ['a good key', (plaintext: string) => ({ plaintext })],
    ['a good key in a header', (plaintext: string) => ({ headers: ['x-api-key', plaintext] })],
    ['a damaged key', (plaintext: string) => ({ plaintext: plaintext.slice(0, -1) })],
    ['no key', () => ({ headers: [] })],
  ])('is a fault of its own, and no word against %s', async (_what, told) => {
    fleet = await startFleet({ create, roles: ['server'] });
    const { keyturn } = fleet.at(0);
    const { plaintext } = await fleet.at(0).issue();
    expect(await keyturn.verify({ plaintext })).toMatchObject({ valid: true });
    const check = async () => keyturn.verify({ ...told(plaintext), keyspace: 'nope' });
    const fault = await faultOf(check());
    expect(fault).toBeInstanceOf(NotFoundError);
    expect(String(fault)).toContain('No keyspace has this name or id.');
    expect(await keyturn.verify({ plaintext, keyspace: 'default' })).toMatchObject({ valid: true });
    await keyturn.keyspaces.create({ name: 'nope', prefix: 'nope' });
    expect(await faultOf(check())).toBeUndefined();
  });
});

test('a key of another keyspace stays unknown from outside, by name and by id', async () => {
  const keyturn = await createTestKeyturn();
  const other = await keyturn.keyspaces.create({ name: 'other', prefix: 'other' });
  const { plaintext } = await keyturn.keys.create({ name: 'Acme CI' });
  for (const keyspace of ['other', other.id]) {
    const verdict = await keyturn.verify({ plaintext, keyspace });
    expect(verdict).toMatchObject({ valid: false, code: 'wrong_keyspace' });
  }
  const own = await keyturn.keyspaces.get('default');
  expect(await keyturn.verify({ plaintext, keyspace: own.id })).toMatchObject({ valid: true });
  await keyturn.close();
});

test('checks for a keyspace that is not there are logged once a minute', async () => {
  const lines: unknown[] = [];
  const log = { info() {}, warn() {}, error: (fields: object) => void lines.push(fields) };
  const keyturn = await createTestKeyturn({ log });
  const check = async () => keyturn.verify({ plaintext: 'x', keyspace: 'nope' });
  for (let count = 0; count < 10; count += 1) await faultOf(check());
  expect(lines).toEqual([{ room: 'verify', code: 'not_found' }]);
  keyturn.clock.advanceMs(60_000);
  await faultOf(check());
  expect(lines).toHaveLength(2);
  await keyturn.close();
});
