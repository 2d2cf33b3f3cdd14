import { describe, test } from 'vitest';
import { expectMisuse, loose, type Misuse } from './misuse.js';

const named = (fields: object) => ({ name: 'x', ...fields });

const misuses: readonly Misuse[] = [
  {
    name: 'a restriction that is misspelt',
    call: loose(({ keys }) => keys.create(named({ restrictions: { address: ['10.0.0.0/8'] } }))),
    pointer: '/restrictions/address',
    fix: 'Did you mean "addresses"?',
  },
  {
    name: 'restrictions whose lists cannot be seen',
    call: loose(({ keys }) => keys.create(named({ restrictions: new Map([['addresses', []]]) }))),
    pointer: '/restrictions',
    fix: 'Send an object of restrictions.',
  },
  {
    name: 'an expiry that is misspelt',
    call: loose(({ keys }) => keys.create(named({ expires: '1d' }))),
    pointer: '/expires',
    fix: 'Did you mean "expiresAt"?',
  },
  {
    name: 'an expiry as a Date',
    call: loose(({ keys }) => keys.create(named({ expiresAt: new Date() }))),
    pointer: '/expiresAt',
    fix: 'Send an RFC 3339 time, a date, a duration like "90d", or null.',
  },
  {
    name: 'a key without a name',
    call: loose(({ keys }) => keys.create({})),
    pointer: '/name',
    fix: 'Add a string.',
  },
  {
    name: 'a key of nothing',
    call: loose(({ keys }) => keys.create()),
    pointer: '',
    fix: 'Add an object that says the key.',
  },
  {
    name: 'a key of a promise that was not awaited',
    call: loose(({ keys }) => keys.create(Promise.resolve({ name: 'x' }))),
    pointer: '',
    fix: 'Send an object that says the key.',
  },
  {
    name: 'a name that is null',
    call: loose(({ keys }) => keys.create({ name: null })),
    pointer: '/name',
    fix: 'Send a string.',
  },
  {
    name: 'an environment that is none',
    call: loose(({ keys }) => keys.create(named({ environment: 'prod' }))),
    pointer: '/environment',
    fix: 'Send one of "live", "test".',
  },
  {
    name: 'scopes as a text',
    call: loose(({ keys }) => keys.create(named({ scopes: 'reports:read' }))),
    pointer: '/scopes',
    fix: 'Send a list of strings.',
  },
  {
    name: 'tags as a text',
    call: loose(({ keys }) => keys.create(named({ tags: 'ci' }))),
    pointer: '/tags',
    fix: 'Send a list of strings.',
  },
  {
    name: 'a list of scopes with a hole',
    call: loose(({ keys }) => keys.create(named({ scopes: ['reports:read', undefined] }))),
    pointer: '/scopes/1',
    fix: 'Add a string.',
  },
  {
    name: 'metadata as a text',
    call: loose(({ keys }) => keys.create(named({ metadata: 'plan=pro' }))),
    pointer: '/metadata',
    fix: 'Send an object.',
  },
  {
    name: 'an option of a creation that is misspelt',
    call: loose(({ keys }) => keys.create(named({}), { idempotency: 'once' })),
    pointer: '/idempotency',
    fix: 'Did you mean "idempotencyKey"?',
  },
  {
    name: 'an idempotency key that no header could carry',
    call: loose(({ keys }) => keys.create(named({}), { idempotencyKey: '' })),
    pointer: '/idempotencyKey',
    fix: 'Send 1 to 255 printable ASCII characters.',
  },
  {
    name: 'a change of a field that cannot be changed',
    call: loose(({ keys }, keyId) => keys.update(keyId, { state: 'disabled' })),
    pointer: '/state',
    fix: 'Known are: name, owner, scopes, metadata, tags, expiresAt, notBefore, restrictions, policy.',
  },
  {
    name: 'a change whose scopes are misspelt',
    call: loose(({ keys }, keyId) => keys.update(keyId, { name: 'other', scope: [] })),
    pointer: '/scope',
    fix: 'Did you mean "scopes"?',
  },
  {
    name: 'a version to compare that is misspelt',
    call: loose(({ keys }, keyId) => keys.update(keyId, { name: 'other' }, { ifVersion: 99 })),
    pointer: '/ifVersion',
    fix: 'Known are: idempotencyKey, ifMatch.',
  },
  {
    name: 'a version to compare as a text',
    call: loose(({ keys }, keyId) => keys.update(keyId, { name: 'other' }, { ifMatch: '1' })),
    pointer: '/ifMatch',
    fix: 'Send a version that was read.',
  },
  {
    name: 'no change at all',
    call: loose(({ keys }, keyId) => keys.update(keyId)),
    pointer: '',
    fix: 'Add an object that says the change.',
  },
  {
    name: 'a key without an id',
    call: loose(({ keys }) => keys.get()),
    pointer: '/id',
    fix: 'Add a string.',
  },
  {
    name: 'a key in the place of its id',
    call: loose(({ keys }, keyId) => keys.revoke({ id: keyId })),
    pointer: '/id',
    fix: 'Send a string.',
  },
  {
    name: 'a secret to revoke that is misspelt',
    call: loose(({ keys }, keyId) => keys.revoke(keyId, { secrets: 1 })),
    pointer: '/secrets',
    fix: 'Did you mean "secret"?',
  },
  {
    name: 'a reason in the place of the input',
    call: loose(({ keys }, keyId) => keys.disable(keyId, 'not paid')),
    pointer: '',
    fix: 'Send an object.',
  },
  {
    name: 'a reason that is no text',
    call: loose(({ keys }, keyId) => keys.enable(keyId, { reason: 5 })),
    pointer: '/reason',
    fix: 'Send a string.',
  },
  {
    name: 'an option of a deletion that is unknown',
    call: loose(({ keys }, keyId) => keys.delete(keyId, { force: true })),
    pointer: '/force',
    fix: 'Known are: idempotencyKey, ifMatch.',
  },
  {
    name: 'a plaintext to find that is not wrapped',
    call: loose(({ keys }) => keys.find('key_live_nobody')),
    pointer: '',
    fix: 'Send an object.',
  },
  {
    name: 'nothing to find',
    call: loose(({ keys }) => keys.find({})),
    pointer: '/plaintext',
    fix: 'Add a key.',
  },
  {
    name: 'a filter that is misspelt',
    call: loose(({ keys }) => keys.list({ owners: 'acme' })),
    pointer: '/owners',
    fix: 'Did you mean "owner"?',
  },
  {
    name: 'a state that is none',
    call: loose(({ keys }) => keys.list({ state: 'gone' })),
    pointer: '/state',
    fix: 'Send one of "active", "disabled", "expired", "revoked".',
  },
  {
    name: 'a filter that is null',
    call: loose(({ keys }) => keys.list(null)),
    pointer: '',
    fix: 'Send an object.',
  },
];

describe('what is said of keys and is not understood', () => {
  test.each(misuses)('$name is refused, is named, and changes nothing', expectMisuse);
});
