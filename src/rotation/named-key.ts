import { UnprocessableError } from '../errors.js';
import { type KeyId, keyIdFrom } from '../keys/id.js';

/** The key that a list is narrowed to. @throws {UnprocessableError} it is no id of a key. */
export function keyOf(id: string | undefined): KeyId | undefined {
  if (id === undefined) return undefined;
  const keyId = keyIdFrom(id);
  if (keyId !== undefined) return keyId;
  const fix = 'Give the id of a key, like key_….';
  throw new UnprocessableError([{ pointer: '/key', message: 'is no id of a key.', fix }]);
}
