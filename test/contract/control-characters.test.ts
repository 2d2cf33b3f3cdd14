import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { InvalidRequestError, NotFoundError } from '../../src/errors.js';
import type { Management } from '../../src/public.js';
import { dataKinds } from '../setup/data.js';
import { type Fleet, startFleet } from '../setup/fleet.js';
import { faultOf } from './misuse.js';

/** What databases take in different ways: not at all, as the end of the text, or as it is. */
const controls = ['\0', 'a\0b', '\u001b[2J', 'tab\there', '\u007f', '\u0085', '\ud800'];

type Ask = (on: Management, text: string) => Promise<unknown>;

const filters: Readonly<Record<string, readonly [pointer: string, ask: Ask]>> = {
  'a search of keys': ['/search', async ({ keys }, search) => keys.list({ search })],
  'an owner of keys': ['/owner', async ({ keys }, owner) => keys.list({ owner })],
  'a tag of keys': ['/tag', async ({ keys }, tag) => keys.list({ tag })],
  'an owner of usage': ['/owner', async ({ usage }, owner) => usage.list({ owner })],
  'a subject of events': ['/subject', async ({ events }, subject) => events.list({ subject })],
  'a type of events': ['/type', async ({ events }, type) => events.list({ type })],
};

const acts: Readonly<Record<string, Ask>> = {
  read: ({ owners }, id) => owners.get(id),
  changed: ({ owners }, id) => owners.update(id, { name: 'Ada' }),
  erased: ({ owners }, id) => owners.erase(id),
};

describe.each(dataKinds)('a control character, on $name', ({ create }) => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet({ create, roles: ['server'] });
    await fleet.at(0).issue({ owner: 'acme', tags: ['a'] });
  });
  afterAll(() => fleet.close());

  test.each(Object.keys(filters))('in %s is refused by its field', async (name) => {
    const [pointer, ask] = filters[name] ?? ['', async () => {}];
    for (const text of controls) {
      const fault = await faultOf(ask(fleet.at(0).keyturn, text));
      expect(fault).toBeInstanceOf(InvalidRequestError);
      expect(fault).toMatchObject({
        errors: [{ pointer, fix: 'Send a string without control characters.' }],
      });
    }
    await ask(fleet.at(0).keyturn, 'Zoë 漢 👩‍🚀');
  });

  test.each(Object.keys(acts))('names no owner that could be %s', async (name) => {
    const ask = acts[name] ?? (async () => {});
    for (const text of controls) {
      expect(await faultOf(ask(fleet.at(0).keyturn, text))).toBeInstanceOf(NotFoundError);
    }
  });

  test('in a cursor makes it no cursor', async () => {
    const { keyturn } = fleet.at(0);
    const encoded = (parts: readonly unknown[]) =>
      Buffer.from(JSON.stringify(parts)).toString('base64url');
    for (const list of [
      keyturn.owners.list({ cursor: encoded(['a\0']) }),
      keyturn.usage.list({ cursor: encoded([0, '\0', 0, '']) }),
      keyturn.usage.list({ cursor: encoded([0, '', 0, '\0']) }),
    ]) {
      expect(await faultOf(list)).toMatchObject({ errors: [{ pointer: '/cursor' }] });
    }
  });
});
