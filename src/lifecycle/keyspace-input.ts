import type { BrandingPatch } from '../branding-views.js';
import { type FieldFault, UnprocessableError } from '../errors.js';
import { formatDuration, parseDuration } from '../keys/duration.js';
import { type ForeignShape, faultInShape, MAX_FOREIGN_SHAPES } from '../keys/foreign-shape.js';
import {
  type BrandingRecord,
  type CredentialForms,
  isKeyspaceName,
  isPrefix,
  type KeyspaceRecord,
  MAX_STALENESS_MS,
  MAX_STORE_LOSS_MS,
  MIN_STALENESS_MS,
} from '../keys/keyspace.js';
import { readLogo } from '../keys/logo.js';
import { isMailAddress } from '../keys/mail-address.js';
import { isScope } from '../keys/scopes.js';
import { faultInText } from '../keys/text.js';
import type { KeyspaceInput, KeyspacePatch } from '../views.js';

const MAX_FORMS = 10;
const TOKEN = /^[a-z0-9!#$%&'*+.^_`|~-]{1,64}$/; // RFC 9110 §5.6.2, in lower case.
const QUERY_NAME = /^[A-Za-z0-9._-]{1,64}$/;

/** What is wrong with what a new keyspace is called. */
export function namingFaults(input: KeyspaceInput): FieldFault[] {
  const faults: FieldFault[] = [];
  if (!isKeyspaceName(input.name)) {
    const fix = 'Use 1 to 63 of a-z 0-9 -, beginning with a letter.';
    faults.push({ pointer: '/name', message: 'is no name of a keyspace.', fix });
  }
  if (!isPrefix(input.prefix)) {
    const fix = 'Use 2 to 16 of a-z 0-9, beginning with a letter.';
    faults.push({ pointer: '/prefix', message: 'is no prefix.', fix });
  }
  return faults;
}

/**
 * Takes what was said of a keyspace over what it is. `faults` are those that were found before.
 * @throws {UnprocessableError} every field that cannot be, together.
 */
export function patched(
  before: KeyspaceRecord,
  patch: KeyspacePatch,
  faults: FieldFault[],
): KeyspaceRecord {
  const { staleness, storeLoss, scopes, foreignShapes } = patch;
  const keyspace: KeyspaceRecord = {
    ...before,
    credentials: readForms({ ...before.credentials, ...patch.credentials }, faults),
    refusal: patch.refusal ?? before.refusal,
    scopes: scopes === undefined ? before.scopes : readVocabulary(scopes, faults),
    stalenessMs:
      staleness === undefined
        ? before.stalenessMs
        : readBound(faults, {
            pointer: '/staleness',
            text: staleness,
            bounds: [MIN_STALENESS_MS, MAX_STALENESS_MS],
          }),
    storeLossMs:
      storeLoss === undefined
        ? before.storeLossMs
        : readBound(faults, {
            pointer: '/storeLoss',
            text: storeLoss,
            bounds: [0, MAX_STORE_LOSS_MS],
          }),
    foreignShapes:
      foreignShapes === undefined ? before.foreignShapes : readShapes(foreignShapes, faults),
    branding: readBranding(before.branding, patch.branding ?? {}, faults),
  };
  if (faults.length > 0) throw new UnprocessableError(faults);
  return keyspace;
}

function readBranding(
  before: BrandingRecord,
  { name, logo, replyTo }: BrandingPatch,
  faults: FieldFault[],
): BrandingRecord {
  if (typeof replyTo === 'string' && !isMailAddress(replyTo)) {
    const fix = 'Write it as name@domain, or null for none.';
    faults.push({ pointer: '/branding/replyTo', message: 'is no mail address.', fix });
  }
  const answered = { replyTo: replyTo === undefined ? (before.replyTo ?? null) : replyTo };
  const fault = typeof name === 'string' ? faultInText(name) : undefined;
  if (fault !== undefined) {
    const fix = 'Give a name for people, or null for the name of the keyspace.';
    faults.push({ pointer: '/branding/name', message: fault, fix });
  }
  const named = name === undefined ? before.name : name;
  if (logo === undefined || logo === null) {
    return { name: named, logo: logo === null ? null : before.logo, ...answered };
  }
  const read = readLogo(logo);
  if (read.ok) return { name: named, logo: read.facts, ...answered };
  const fix =
    'Give a PNG, JPEG or WebP of 32 KiB and 2048 pixels a side at most, in base64, or null for none.';
  faults.push({ pointer: '/branding/logo', message: read.fault, fix });
  return before;
}

function readForms(forms: CredentialForms, faults: FieldFault[]): CredentialForms {
  const headers = namesIn(forms.headers);
  const schemes = namesIn(forms.schemes);
  const all = [...headers, ...schemes];
  const fix = 'Use names of headers and schemes, at most ten.';
  if (all.length > MAX_FORMS || !all.every((name) => TOKEN.test(name))) {
    faults.push({ pointer: '/credentials', message: 'has a name that cannot be.', fix });
  }
  if (all.length === 0) {
    faults.push({ pointer: '/credentials', message: 'leaves no place for a key.', fix });
  }
  if (headers.some((name) => name === 'authorization' || name === 'cookie')) {
    const instead = 'Name a scheme in "schemes" instead.';
    faults.push({
      pointer: '/credentials/headers',
      message: 'names a header of others.',
      fix: instead,
    });
  }
  if (forms.query !== null && !QUERY_NAME.test(forms.query)) {
    const named = 'Use 1 to 64 of a-z A-Z 0-9 . _ -, or null for none.';
    faults.push({
      pointer: '/credentials/query',
      message: 'is no name of a parameter.',
      fix: named,
    });
  }
  return { headers, schemes, query: forms.query };
}

/** In lower case, each once: one that stood twice would be read twice, and be `ambiguous`. */
function namesIn(names: readonly string[]): readonly string[] {
  return [...new Set(names.map((name) => name.toLowerCase()))];
}

function readVocabulary(scopes: readonly string[] | null, faults: FieldFault[]) {
  if (scopes === null) return null;
  for (const [index, scope] of scopes.entries()) {
    if (isScope(scope) && !scope.includes('*')) continue;
    const fix = 'Write each as resource:action, without a wildcard.';
    faults.push({ pointer: `/scopes/${index}`, message: 'is no plain scope.', fix });
  }
  return [...new Set(scopes)].toSorted();
}

function readShapes(
  shapes: readonly ForeignShape[],
  faults: FieldFault[],
): readonly ForeignShape[] {
  if (shapes.length > MAX_FOREIGN_SHAPES) {
    const fix = `Use at most ${MAX_FOREIGN_SHAPES}, and wider ones.`;
    faults.push({ pointer: '/foreignShapes', message: 'has too many entries.', fix });
  }
  for (const [index, shape] of shapes.entries()) {
    const fault = faultInShape(shape);
    if (fault === undefined) continue;
    const end = fault.indexOf('. ') + 1;
    const [message, fix] = [fault.slice(0, end), fault.slice(end + 1)];
    faults.push({ pointer: `/foreignShapes/${index}`, message, fix });
  }
  return shapes.map(({ minLength, maxLength, alphabet, separator }) => {
    return { minLength, maxLength, alphabet, separator };
  });
}

function readBound(
  faults: FieldFault[],
  said: {
    readonly pointer: string;
    readonly text: string;
    readonly bounds: readonly [number, number];
  },
): number {
  const durationMs = parseDuration(said.text);
  const [least, most] = said.bounds;
  if (durationMs !== undefined && durationMs >= least && durationMs <= most) return durationMs;
  const fix = `Use ${formatDuration(least)} to ${formatDuration(most)}.`;
  faults.push({ pointer: said.pointer, message: 'is no duration in its bounds.', fix });
  return least;
}
