import { describe, expect, test } from 'vitest';
import { createKeyturn } from '../../src/index.js';
import { untyped } from '../guards/untyped.js';
import { expectMisuse, faultOf, loose, type Misuse, startKeyturn } from './misuse.js';

const misuses: readonly Misuse[] = [
  {
    name: 'a page that is too large',
    call: loose(({ keyspaces }) => keyspaces.list({ limit: 201 })),
    pointer: '/limit',
    fix: 'Send a whole number from 1 to 200.',
  },
  {
    name: 'a keyspace without a name',
    call: loose(({ keyspaces }) => keyspaces.create({})),
    pointer: '/name',
    fix: 'Add a string.',
  },
  {
    name: 'the keyspace of nobody',
    call: loose(({ keyspaces }) => keyspaces.get()),
    pointer: '/nameOrId',
    fix: 'Add a string.',
  },
  {
    name: 'credential forms that are misspelt',
    call: loose(({ keyspaces }) =>
      keyspaces.update('default', { credentials: { header: ['x-pay-key'] } }),
    ),
    pointer: '/credentials/header',
    fix: 'Did you mean "headers"?',
  },
  {
    name: 'a staleness as a number',
    call: loose(({ keyspaces }) => keyspaces.update('default', { staleness: 5 })),
    pointer: '/staleness',
    fix: 'Send a duration like "5s".',
  },
  {
    name: 'an owner’s address that is misspelt',
    call: loose(({ owners }) => owners.create({ id: 'beta', email: ['a@example.com'] })),
    pointer: '/email',
    fix: 'Did you mean "emails"?',
  },
  {
    name: 'an owner’s addresses as a text',
    call: loose(({ owners }) => owners.update('acme', { emails: 'a@example.com' })),
    pointer: '/emails',
    fix: 'Send a list of strings.',
  },
  {
    name: 'an owner without an id',
    call: loose(({ owners }) => owners.get(undefined, { keyspace: 'default' })),
    pointer: '/id',
    fix: 'Add a string.',
  },
  {
    name: 'an owner’s place that is misspelt',
    call: loose(({ owners }) => owners.erase('acme', { keyspce: 'default' })),
    pointer: '/keyspce',
    fix: 'Did you mean "keyspace"?',
  },
  {
    name: 'owners by a filter they do not have',
    call: loose(({ owners }) => owners.list({ name: 'Ada' })),
    pointer: '/name',
    fix: 'Known are: limit, cursor, keyspace.',
  },
  {
    name: 'a period of events as a Date',
    call: loose(({ events }) => events.list({ from: new Date(0) })),
    pointer: '/from',
    fix: 'Send an RFC 3339 time, a date, or a duration back from now.',
  },
  {
    name: 'a head that was kept without its hash',
    call: loose(({ events }) =>
      events.verify({ known: [{ keyspace: 'default', head: { number: 1 } }] }),
    ),
    pointer: '/known/0/head/hash',
    fix: 'Add a string.',
  },
  {
    name: 'usage by what it is not counted by',
    call: loose(({ usage }) => usage.list({ by: 'owner' })),
    pointer: '/by',
    fix: 'Send one of "key", "secret", "total".',
  },
];

describe('what the library is told and does not understand', () => {
  test.each(misuses)('$name is refused, is named, and changes nothing', expectMisuse);

  test('all faults of a call are told together, and none repeats a value', async () => {
    const { keyturn, id } = await startKeyturn();
    const create = loose(({ keys }) =>
      keys.create({ nmae: 'hunter2', scopes: 'hunter2', environment: 'hunter2' }, { ifMatch: 1 }),
    );
    const fault = await faultOf(create(keyturn, id));
    expect(fault).toHaveProperty('errors.length', 5);
    expect(JSON.stringify(fault)).not.toContain('hunter2');
    expect(String(fault)).not.toContain('hunter2');
  });

  test('a list says so to whoever iterates over it, too', async () => {
    const { keyturn } = await startKeyturn();
    const list = keyturn.keys.list(untyped({ owners: 'acme' }));
    const iterated = list[Symbol.asyncIterator]().next();
    expect(await faultOf(iterated)).toMatchObject({ errors: [{ pointer: '/owners' }] });
  });

  test('a Keyturn that was told nothing it understood has opened nothing', async () => {
    const path = '/nonexistent/folder/keyturn.db';
    const unopened = await createKeyturn({ database: `sqlite:${path}` });
    expect(await faultOf(unopened.keys.create(untyped({})))).toMatchObject({
      code: 'invalid_request',
    });
    await unopened.close();
  });

  test.each([
    { name: 'nobody', caller: undefined, pointer: '' },
    { name: 'no actor', caller: {}, pointer: '/actor' },
    { name: 'a key by another name', caller: actingAs({ keys: {} }), pointer: '/keys' },
    { name: 'a key that is no key', caller: actingAs({ key: 'key_live_nobody' }), pointer: '/key' },
    { name: 'the key of a guest', caller: actingAs({ key: undefined }), pointer: '/key' },
  ])('$name acts with no rights at all', async ({ caller, pointer }) => {
    const { keyturn } = await startKeyturn();
    expect(() => keyturn.as(untyped(caller))).toThrow(
      expect.objectContaining({ errors: [expect.objectContaining({ pointer })] }),
    );
  });

  test('a set-up token that is none is refused as one', async () => {
    const { keyturn } = await startKeyturn();
    const redeemed = keyturn.setup.redeem(untyped(undefined));
    expect(await faultOf(redeemed)).toMatchObject({ errors: [{ pointer: '/token' }] });
  });
});

describe('the library and the HTTP API', () => {
  test.each([
    {},
    { name: 5, scope: [] },
    { name: 'x', scopes: ['a', 5], environment: 'prod', expiresAt: 7 },
    { name: 'x', restrictions: { adresses: [] }, metadata: [], owner: 1 },
  ])('refuse %j in the same words', async (body) => {
    const { keyturn } = await startKeyturn();
    const { plaintext } = await keyturn.keys.create({
      name: 'root',
      keyspace: 'keyturn',
      scopes: ['*'],
    });
    const fault = await faultOf(keyturn.keys.create(untyped(body)));
    const answer = await keyturn.handler(
      new Request('http://localhost/v1/keys', {
        method: 'POST',
        headers: { authorization: `Api-Key ${plaintext}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    );
    const { errors } = JSON.parse(await answer.text());
    expect(answer.status).toBe(400);
    expect(byPointer(fault)).toEqual(byPointer({ errors }));
  });
});

function actingAs(fields: object): object {
  return { actor: { kind: 'application', id: 'test' }, ...fields };
}

function byPointer(fault: unknown) {
  const errors: readonly { pointer: string }[] = untyped(fault).errors;
  return errors.toSorted((left, right) => (left.pointer < right.pointer ? -1 : 1));
}
