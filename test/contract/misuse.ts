import { expect, onTestFinished } from 'vitest';
import { InvalidRequestError } from '../../src/errors.js';
import type { Management } from '../../src/public.js';
import { createTestKeyturn, type TestKeyturn } from '../../src/testing.js';
import { untyped } from '../guards/untyped.js';

/** A call as JavaScript can make it, and the field that it gets wrong. */
export interface Misuse {
  readonly name: string;
  readonly call: (on: Management, id: string) => Promise<unknown>;
  readonly pointer: string;
  readonly fix: string;
}

/** The call without its types. */
export function loose(
  call: (on: ReturnType<typeof untyped>, id: string) => Promise<unknown>,
): Misuse['call'] {
  return (on, id) => call(untyped(on), id);
}

/** A Keyturn that has a key and an owner, until the test ends. */
export async function startKeyturn(): Promise<{ keyturn: TestKeyturn; id: string }> {
  const keyturn = await createTestKeyturn();
  onTestFinished(() => keyturn.close());
  const input = { name: 'Acme CI', owner: 'acme', scopes: ['reports:read'] };
  const { key } = await keyturn.keys.create(input);
  await keyturn.owners.create({ id: 'acme', name: 'Ada' });
  return { keyturn, id: key.id };
}

/** The call is refused by its field, and leaves nothing behind. */
export async function expectMisuse({ call, pointer, fix }: Misuse): Promise<void> {
  const { keyturn, id } = await startKeyturn();
  const before = await everythingIn(keyturn);
  const fault = await faultOf(call(keyturn, id));
  expect(fault).toBeInstanceOf(InvalidRequestError);
  expect(fault).toMatchObject({ code: 'invalid_request' });
  const named = expect.objectContaining({ pointer, fix });
  expect(fault).toHaveProperty('errors', expect.arrayContaining([named]));
  expect(await everythingIn(keyturn)).toEqual(before);
}

/** All that a change would show in. */
async function everythingIn(keyturn: TestKeyturn) {
  const { items: events } = await keyturn.events.list({ limit: 200 });
  const { items: keys } = await keyturn.keys.list({ limit: 200 });
  return { events, keys };
}

/** What the call rejects with; undefined if it does not. */
export async function faultOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => undefined,
    (fault: unknown) => fault,
  );
}
