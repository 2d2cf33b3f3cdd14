import { type FieldFault, UnprocessableError } from '../errors.js';
import { parseDuration, parseTime } from '../keys/duration.js';
import type { KeyRecord } from '../keys/key.js';
import type { KeyspaceRecord } from '../keys/keyspace.js';
import { checkMetadata } from '../keys/metadata.js';
import { faultInOwnerId } from '../keys/owner.js';
import { isPathPattern } from '../keys/path.js';
import { isPolicyName } from '../keys/policy-name.js';
import { isNetwork, type Restrictions } from '../keys/restrictions.js';
import { covers, isScope, MAX_SCOPES } from '../keys/scopes.js';
import { faultInText, isTag, MAX_TAGS } from '../keys/text.js';
import { nearest } from '../nearest.js';
import type { KeyPatch } from '../views.js';

const MAX_RESTRICTIONS = 100; // Entries of one list.
const ORIGIN = /^https?:\/\/[a-z0-9.-]+(?::\d{1,5})?$/;
const METHOD = /^[A-Z]{3,10}$/;
const OWNER_ID_FIX = 'Use 1 to 200 printable characters, other than "." and "..".';

/** What a key's settable fields mean, once they have been found right. */
export type KeyFields = Pick<
  KeyRecord,
  | 'name'
  | 'owner'
  | 'scopes'
  | 'metadata'
  | 'tags'
  | 'expiresAt'
  | 'notBefore'
  | 'restrictions'
  | 'policy'
>;

/** What a key is before anything was said of it. */
export const NOTHING_YET: KeyFields = {
  name: '',
  owner: null,
  scopes: [],
  metadata: '{}',
  tags: [],
  expiresAt: null,
  notBefore: null,
  restrictions: {},
  policy: null,
};

interface Reading {
  readonly keyspace: KeyspaceRecord;
  readonly nowMs: number;
  /** What is wrong with the policy that the patch names, as far as its keyspace has to say it. */
  readonly policyFault?: FieldFault | undefined;
  readonly faults: FieldFault[];
}

/**
 * Takes what was said of a key over what it is.
 * @throws {UnprocessableError} every field that cannot be, together.
 */
export function readKeyFields(
  before: KeyFields,
  patch: KeyPatch,
  place: Omit<Reading, 'faults'>,
): KeyFields {
  const reading: Reading = { ...place, faults: [] };
  const fields: KeyFields = {
    name: patch.name === undefined ? before.name : readText(reading, '/name', patch.name),
    owner: patch.owner === undefined ? before.owner : readOwner(reading, patch.owner),
    scopes: patch.scopes === undefined ? before.scopes : readScopes(reading, patch.scopes),
    metadata:
      patch.metadata === undefined ? before.metadata : readMetadata(reading, patch.metadata),
    tags: patch.tags === undefined ? before.tags : readTags(reading, patch.tags),
    ...readTimes(reading, before, patch),
    restrictions:
      patch.restrictions === undefined
        ? before.restrictions
        : readRestrictions(reading, patch.restrictions),
    policy: patch.policy === undefined ? before.policy : readPolicy(reading, patch.policy),
  };
  if (reading.faults.length > 0) throw new UnprocessableError(reading.faults);
  return fields;
}

function readText(reading: Reading, pointer: string, text: string): string {
  const fault = faultInText(text);
  if (fault !== undefined) {
    refuse(reading, pointer, `${fault} Use 1 to 200 printable characters.`);
  }
  return text;
}

function readOwner(reading: Reading, owner: string | null): string | null {
  const fault = owner === null ? undefined : faultInOwnerId(owner);
  if (fault !== undefined) refuse(reading, '/owner', `${fault} ${OWNER_ID_FIX}`);
  return owner;
}

function readScopes(reading: Reading, scopes: readonly string[]): readonly string[] {
  if (scopes.length > MAX_SCOPES) {
    refuse(reading, '/scopes', `has more than ${MAX_SCOPES} entries. Use a wildcard.`);
  }
  const declared = reading.keyspace.scopes;
  for (const [index, scope] of scopes.entries()) {
    const pointer = `/scopes/${index}`;
    if (!isScope(scope)) {
      refuse(reading, pointer, faultOf(scope));
    } else if (declared !== null && !declared.some((known) => covers(scope, known))) {
      const like = nearest(scope, declared);
      const fix =
        like === undefined ? `Known are ${declared.join(', ')}.` : `Did you mean "${like}"?`;
      refuse(reading, pointer, `is a scope this keyspace does not have. ${fix}`);
    }
  }
  return [...new Set(scopes)].toSorted();
}

function faultOf(scope: string): string {
  const isLarge = isScope(scope.toLowerCase());
  const fault = isLarge ? 'has capitals. Write it in small letters' : 'is no scope. Write it';
  return `${fault} as resource:action, like "reports:read".`;
}

function readPolicy(reading: Reading, policy: string | null): string | null {
  if (policy !== null && !isPolicyName(policy)) {
    refuse(reading, '/policy', 'is no name of a policy. Look in the list of policies.');
  }
  if (reading.policyFault !== undefined) reading.faults.push(reading.policyFault);
  return policy;
}

function readMetadata(reading: Reading, metadata: unknown): string {
  const checked = checkMetadata(metadata);
  if (checked.ok) return checked.json;
  reading.faults.push({ pointer: '/metadata', message: checked.fault, fix: checked.fix });
  return '{}';
}

function readTags(reading: Reading, tags: readonly string[]): readonly string[] {
  if (tags.length > MAX_TAGS)
    refuse(reading, '/tags', `has more than ${MAX_TAGS} entries. Use fewer.`);
  for (const [index, tag] of tags.entries()) {
    if (!isTag(tag)) {
      refuse(reading, `/tags/${index}`, 'is no tag. Use 1 to 64 of A-Z a-z 0-9 . _ : = / -');
    }
  }
  return [...new Set(tags)].toSorted();
}

function readTimes(
  reading: Reading,
  before: KeyFields,
  patch: KeyPatch,
): Pick<KeyFields, 'expiresAt' | 'notBefore'> {
  const expiresAt =
    patch.expiresAt === undefined
      ? before.expiresAt
      : readTime(reading, '/expiresAt', patch.expiresAt);
  const notBefore =
    patch.notBefore === undefined
      ? before.notBefore
      : readTime(reading, '/notBefore', patch.notBefore);
  if (patch.expiresAt !== undefined && expiresAt !== null && expiresAt <= reading.nowMs) {
    refuse(reading, '/expiresAt', 'is in the past. Give a later time, or disable the key instead.');
  }
  if (expiresAt !== null && notBefore !== null && notBefore >= expiresAt) {
    refuse(reading, '/notBefore', 'is not before expiresAt. Give an earlier time.');
  }
  return { expiresAt, notBefore };
}

function readTime(reading: Reading, pointer: string, text: string | null): number | null {
  if (text === null) return null;
  const durationMs = parseDuration(text);
  const timeMs = durationMs === undefined ? parseTime(text) : reading.nowMs + durationMs;
  if (timeMs !== undefined) return timeMs;
  refuse(reading, pointer, 'is no time. Write 90d, 2027-01-31 or 2027-01-31T09:00:00Z.');
  return null;
}

const RESTRICTION_FORMS = {
  addresses: { isRight: isNetwork, fix: 'Write an address or a network, like "203.0.113.0/24".' },
  origins: { isRight: (text: string) => ORIGIN.test(text), fix: 'Write "https://app.example".' },
  methods: { isRight: (text: string) => METHOD.test(text), fix: 'Write it in capitals: "GET".' },
  paths: { isRight: isPathPattern, fix: 'Write "/reports/*" (one segment) or "/reports/**".' },
} as const;

function readRestrictions(reading: Reading, restrictions: Restrictions): Restrictions {
  const read: { -readonly [Kind in keyof Restrictions]: Restrictions[Kind] } = {};
  for (const kind of ['addresses', 'origins', 'methods', 'paths'] as const) {
    const entries = restrictions[kind];
    if (entries === undefined) continue;
    checkEntries(reading, kind, entries);
    read[kind] = [...new Set(entries)];
  }
  const { keyspaces } = restrictions;
  if (keyspaces === undefined) return read;
  if (!reading.keyspace.isManagement) {
    refuse(reading, '/restrictions/keyspaces', 'is for management keys. Leave it out.');
  }
  return { ...read, keyspaces: [...new Set(keyspaces)] };
}

function checkEntries(
  reading: Reading,
  kind: keyof typeof RESTRICTION_FORMS,
  entries: readonly string[],
): void {
  const pointer = `/restrictions/${kind}`;
  if (entries.length > MAX_RESTRICTIONS) {
    refuse(reading, pointer, `has more than ${MAX_RESTRICTIONS} entries. Use wider networks.`);
  }
  const { isRight, fix } = RESTRICTION_FORMS[kind];
  for (const [index, entry] of entries.entries()) {
    if (!isRight(entry)) refuse(reading, `${pointer}/${index}`, `is not of its form. ${fix}`);
  }
}

/** The message ends where the fix begins: after its first full stop. */
function refuse(reading: Reading, pointer: string, said: string): void {
  const end = said.indexOf('. ') + 1;
  const [message, fix] = end === 0 ? [said, ''] : [said.slice(0, end), said.slice(end + 1)];
  reading.faults.push({ pointer, message, fix });
}
