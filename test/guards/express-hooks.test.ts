import { describe, expect, test } from 'vitest';
import { type Options, plaintextOf, startHost, startKeyturn } from './guarded-host.js';
import { expresses } from './hosts.js';
import { untyped } from './untyped.js';

/** What a hook may answer instead of `true`, in JavaScript. */
const notTrue: readonly { readonly name: string; readonly answer: unknown }[] = [
  { name: 'false', answer: false },
  { name: 'nothing', answer: undefined },
  { name: 'an object', answer: {} },
  { name: 'a truthy text', answer: 'yes' },
  { name: 'one', answer: 1 },
  { name: 'a promise of false', answer: Promise.resolve(false) },
  { name: 'a promise of nothing', answer: Promise.resolve(undefined) },
];

describe.each(expresses)('a guarded route in $name', ({ express }) => {
  describe('with a last word of the application', () => {
    test('admits where it is true, at once or later', async () => {
      const keyturn = await startKeyturn();
      const plaintext = await plaintextOf(keyturn);
      for (const word of [true, Promise.resolve(true)]) {
        const host = await startHost(express, keyturn, {
          allow: (key) => key.owner === 'acme' && word,
        });
        expect((await host.ask({ 'x-api-key': plaintext })).status).toBe(200);
      }
    });

    test.each(notTrue)('refuses where it is $name', async ({ answer: word }) => {
      const keyturn = await startKeyturn();
      const plaintext = await plaintextOf(keyturn);
      const host = await startHost(express, keyturn, { allow: untyped(() => word) });
      const answer = await host.ask({ 'x-api-key': plaintext });
      expect(answer.status).toBe(403);
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      expect(await answer.json()).toEqual({
        type: 'urn:keyturn:code:forbidden',
        title: 'Not allowed',
        status: 403,
        detail: 'The application does not admit this key.',
        code: 'forbidden',
      });
      expect(host.admitted).toEqual([]);
    });

    test('passes its sentence on to the consumer', async () => {
      const keyturn = await startKeyturn();
      const plaintext = await plaintextOf(keyturn);
      const host = await startHost(express, keyturn, {
        allow: async () => ({ refuse: 'The account of this key is closed.' }),
      });
      const refusal = await (await host.ask({ 'x-api-key': plaintext })).json();
      expect(refusal).toMatchObject({ status: 403, detail: 'The account of this key is closed.' });
    });

    test('is not asked about a key that is refused', async () => {
      const keyturn = await startKeyturn();
      let askedCount = 0;
      const allow = () => {
        askedCount += 1;
        return true;
      };
      const host = await startHost(express, keyturn, { allow });
      expect((await host.ask()).status).toBe(401);
      expect(askedCount).toBe(0);
    });

    test.each([
      {
        name: 'throws',
        allow: () => {
          throw new Error('down');
        },
      },
      { name: 'rejects', allow: () => Promise.reject(new Error('down')) },
    ])('passes to the error handler where it $name', async ({ allow }) => {
      const keyturn = await startKeyturn();
      const plaintext = await plaintextOf(keyturn);
      const host = await startHost(express, keyturn, { allow });
      expect((await host.ask({ 'x-api-key': plaintext })).status).toBe(500);
      expect(host.faults).toEqual([new Error('down')]);
      expect(host.admitted).toEqual([]);
    });
  });

  describe('with an exception for the host’s own users', () => {
    test('lets a signed-in user through without a key', async () => {
      const keyturn = await startKeyturn();
      const plaintext = await plaintextOf(keyturn);
      const unless: Options['unless'] = (req) => req.headers.cookie === 'session=good';
      const host = await startHost(express, keyturn, { unless });
      expect((await host.ask({ cookie: 'session=good' })).status).toBe(200);
      expect(host.admitted).toEqual([undefined]);
      expect((await host.ask({ cookie: 'session=bad' })).status).toBe(401);
      expect((await host.ask({ cookie: 'session=bad', 'x-api-key': plaintext })).status).toBe(200);
    });

    test('waits for a session that takes its time', async () => {
      const keyturn = await startKeyturn();
      const host = await startHost(express, keyturn, { unless: async () => true });
      expect((await host.ask()).status).toBe(200);
    });

    test.each(notTrue)('asks for a key where it is $name', async ({ answer }) => {
      const keyturn = await startKeyturn();
      const host = await startHost(express, keyturn, { unless: untyped(() => answer) });
      expect((await host.ask()).status).toBe(401);
      expect(host.admitted).toEqual([]);
    });

    test.each([
      {
        name: 'throws',
        unless: () => {
          throw new Error('down');
        },
      },
      { name: 'rejects', unless: () => Promise.reject(new Error('down')) },
    ])('passes to the error handler where it $name', async ({ unless }) => {
      const keyturn = await startKeyturn();
      const host = await startHost(express, keyturn, { unless });
      expect((await host.ask()).status).toBe(500);
      expect(host.faults).toEqual([new Error('down')]);
      expect(host.admitted).toEqual([]);
    });
  });

  test('passes to the error handler where its keyspace is not there', async () => {
    const keyturn = await startKeyturn();
    const plaintext = await plaintextOf(keyturn);
    const host = await startHost(express, keyturn, { keyspace: 'nope' });
    for (const headers of [{ 'x-api-key': plaintext }, {}]) {
      const answer = await host.ask(headers);
      expect(answer.status).toBe(500);
      expect(answer.headers.has('www-authenticate')).toBe(false);
    }
    const fault = expect.objectContaining({ code: 'not_found' });
    expect(host.faults).toEqual([fault, fault]);
    expect(host.admitted).toEqual([]);
  });

  test.each([
    { name: 'nothing', answer: undefined },
    { name: 'a text', answer: 'reports:read' },
    { name: 'a promise', answer: Promise.resolve(['reports:read']) },
    { name: 'a list with a hole', answer: ['reports:read', undefined] },
    { name: 'a list of a hole', answer: [undefined] },
    { name: 'a list of a scope that is none', answer: ['bad scope'] },
  ])('admits nobody where the scopes of a request are $name', async ({ answer }) => {
    const keyturn = await startKeyturn();
    const plaintext = await plaintextOf(keyturn, { scopes: ['*'] });
    const host = await startHost(express, keyturn, { scopes: untyped(() => answer) });
    expect((await host.ask({ 'x-api-key': plaintext })).status).toBe(500);
    expect(host.faults).toEqual([expect.objectContaining({ code: 'invalid_request' })]);
    expect(host.admitted).toEqual([]);
  });
});
