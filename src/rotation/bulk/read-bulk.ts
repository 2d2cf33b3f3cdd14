import type { BulkAct, BulkInput } from '../../bulk-views.js';
import { type FieldFault, InvalidRequestError } from '../../errors.js';

type Field = 'tags' | 'reason' | 'overlap' | 'deliver';

const STATE_FIELDS: readonly Field[] = ['reason'];
const TAG_FIELDS: readonly Field[] = ['tags'];

/** What each act takes, beside the keys. */
const FIELDS: Readonly<Record<BulkAct, readonly Field[]>> = {
  disable: STATE_FIELDS,
  enable: STATE_FIELDS,
  revoke: STATE_FIELDS,
  rotate: ['reason', 'overlap', 'deliver'],
  tag: TAG_FIELDS,
  untag: TAG_FIELDS,
};

/** What cannot be left out, and what to do. */
const NEEDED: Readonly<Partial<Record<BulkAct, readonly [Field, string]>>> = {
  rotate: ['deliver', 'Say "claim" or "destinations": no plaintext is answered here.'],
  tag: ['tags', 'Name one tag at least.'],
  untag: ['tags', 'Name one tag at least.'],
};

/** @throws {InvalidRequestError} a field is missing that the act needs, or is none of it. */
export function readBulk(input: BulkInput): void {
  const { act } = input;
  const given = (['tags', 'reason', 'overlap', 'deliver'] as const).filter(
    (field) => input[field] !== undefined,
  );
  const foreign = given.filter((field) => !FIELDS[act].includes(field));
  const faults: FieldFault[] = foreign.map((field) => ({
    pointer: `/${field}`,
    message: `is no field of "${act}".`,
    fix: 'Leave it out.',
  }));
  const [needed, fix = ''] = NEEDED[act] ?? [];
  if (needed !== undefined && (input[needed] ?? []).length === 0) {
    faults.push({ pointer: `/${needed}`, message: 'is missing.', fix });
  }
  if (faults.length > 0) throw new InvalidRequestError(faults);
}
