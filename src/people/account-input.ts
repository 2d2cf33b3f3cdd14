import { type FieldFault, UnprocessableError } from '../errors.js';
import type { KeyspaceId } from '../keys/id.js';
import { isMailAddress } from '../keys/mail-address.js';
import { faultInText } from '../keys/text.js';
import { type Act, keyspaceOf } from '../lifecycle/context.js';
import type { PersonPatch } from '../people-views.js';
import type { PersonRecord } from '../store/people.js';

const MAX_KEYSPACES = 100;

/** What a person says of itself. */
export function faultsInPerson({
  name,
  email,
}: Pick<PersonPatch, 'name' | 'email'>): readonly FieldFault[] {
  const faults: FieldFault[] = [];
  if (name !== undefined && faultInText(name) !== undefined) {
    const fix = 'Use 1 to 200 printable characters.';
    faults.push({ pointer: '/name', message: 'is empty, too long or unprintable.', fix });
  }
  if (email !== undefined && (!isMailAddress(email) || faultInText(email) !== undefined)) {
    faults.push({ pointer: '/email', message: 'is no mail address.', fix: 'Write name@domain.' });
  }
  return faults;
}

/**
 * Takes what was said of a person over what it is.
 * @throws {UnprocessableError} every field that cannot be, together.
 * @throws {NotFoundError} there is no such keyspace that the caller may see.
 */
export async function patchedPerson(
  act: Act,
  before: PersonRecord,
  patch: PersonPatch,
): Promise<PersonRecord> {
  const faults = [...faultsInPerson(patch)];
  const keyspaces = await keyspacesOf(act, patch.keyspaces, faults);
  if (faults.length > 0) throw new UnprocessableError(faults);
  const { name, email, role } = patch;
  return {
    ...before,
    name: name ?? before.name,
    email: email ?? before.email,
    role: role ?? before.role,
    keyspaces: keyspaces === undefined ? before.keyspaces : keyspaces,
  };
}

async function keyspacesOf(
  act: Act,
  given: PersonPatch['keyspaces'],
  faults: FieldFault[],
): Promise<readonly KeyspaceId[] | null | undefined> {
  if (given === undefined || given === null) return given;
  if (given.length === 0 || given.length > MAX_KEYSPACES) {
    const fix = `Name 1 to ${MAX_KEYSPACES}, or null for every one.`;
    faults.push({ pointer: '/keyspaces', message: 'is empty or too long.', fix });
  }
  const ids = new Set<KeyspaceId>();
  for (const text of given.slice(0, MAX_KEYSPACES)) ids.add((await keyspaceOf(act, text)).id);
  return [...ids].sort();
}
