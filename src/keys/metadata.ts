/**
 * The largest metadata, as JSON in UTF-8.
 * @internal
 */
export const MAX_METADATA_BYTES = 16 * 1024;
/**
 * How deep metadata may nest; the object itself is depth 1.
 * @internal
 */
export const MAX_METADATA_DEPTH = 16;

/**
 * A value JSON can hold (RFC 8259).
 * @public
 */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

/**
 * What an issuer keeps with a key: a JSON object.
 * @public
 */
export type Metadata = { readonly [name: string]: JsonValue };

/** What is wrong with metadata, and what to do about it. */
interface Flaw {
  readonly fault: string;
  readonly fix: string;
}

/** The metadata as its JSON text, or what is wrong with it. */
export type MetadataCheck =
  | { readonly ok: true; readonly json: string }
  | ({ readonly ok: false } & Flaw);

/** From here on numbers are written with an exponent: nobody counts with those. */
const LEAST_WITH_EXPONENT = 1e21;
const KEEP_ELSEWHERE = 'Keep large or deep data elsewhere, its id here.';
const SEND_JSON = 'Send plain objects, lists, strings, numbers, true, false and null.';

/**
 * Checks kind, depth and size; answers the JSON text that is stored.
 * @public
 */
export function checkMetadata(value: unknown): MetadataCheck {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { ok: false, fault: 'is not a JSON object.', fix: 'Send one, like {"plan": "pro"}.' };
  }
  const flaw = flawIn(value, 1);
  if (flaw !== undefined) return { ok: false, ...flaw };
  const json = JSON.stringify(value);
  const sizeBytes = Buffer.byteLength(json);
  if (sizeBytes <= MAX_METADATA_BYTES) return { ok: true, json };
  const fault = `is ${sizeBytes} bytes as JSON; ${MAX_METADATA_BYTES} are allowed.`;
  return { ok: false, fault, fix: KEEP_ELSEWHERE };
}

function flawIn(value: unknown, depth: number): Flaw | undefined {
  if (typeof value === 'object' && value !== null) return flawInObject(value, depth);
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return undefined;
  if (typeof value !== 'number') {
    return { fault: `has a ${typeof value}, which JSON cannot hold.`, fix: SEND_JSON };
  }
  return flawInNumber(value);
}

/** What was sent as a large whole number has been rounded by now (RFC 7493, section 2.2). */
function flawInNumber(value: number): Flaw | undefined {
  if (!Number.isFinite(value)) {
    const fix = 'Send a number below 1.8e308, or write it as a string.';
    return { fault: 'has a non-finite number.', fix };
  }
  if (!Number.isInteger(value) || Number.isSafeInteger(value)) return undefined;
  if (Math.abs(value) >= LEAST_WITH_EXPONENT) return undefined;
  const fix = 'Write it as a string, so that no digit is lost.';
  return { fault: 'has a whole number beyond 2^53 - 1, which JSON readers round.', fix };
}

/** Recursion is bounded by the depth limit itself. */
function flawInObject(value: object, depth: number): Flaw | undefined {
  if (depth > MAX_METADATA_DEPTH) {
    return { fault: `is nested deeper than ${MAX_METADATA_DEPTH}.`, fix: KEEP_ELSEWHERE };
  }
  if (!Array.isArray(value) && !isPlainObject(value)) {
    return { fault: 'has an object that is not plain JSON.', fix: SEND_JSON };
  }
  // Copied into an ordinary object later, this name would set its prototype.
  if (Object.keys(value).includes('__proto__')) {
    return { fault: 'has a field named "__proto__".', fix: 'Give it another name.' };
  }
  for (const inner of Object.values(value)) {
    const flaw = flawIn(inner, depth + 1);
    if (flaw !== undefined) return flaw;
  }
  return undefined;
}

function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}
