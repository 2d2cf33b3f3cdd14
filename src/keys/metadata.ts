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

/** The metadata as its JSON text, or what is wrong with it. */
export type MetadataCheck =
  | { readonly ok: true; readonly json: string }
  | { readonly ok: false; readonly fault: string };

/**
 * Checks kind, depth and size; answers the JSON text that is stored.
 * @public
 */
export function checkMetadata(value: unknown): MetadataCheck {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { ok: false, fault: 'is not a JSON object.' };
  }
  const fault = faultIn(value, 1);
  if (fault !== undefined) return { ok: false, fault };
  const json = JSON.stringify(value);
  const sizeBytes = Buffer.byteLength(json);
  if (sizeBytes > MAX_METADATA_BYTES) {
    return {
      ok: false,
      fault: `is ${sizeBytes} bytes as JSON; ${MAX_METADATA_BYTES} are allowed.`,
    };
  }
  return { ok: true, json };
}

function faultIn(value: unknown, depth: number): string | undefined {
  if (typeof value === 'object' && value !== null) return faultInObject(value, depth);
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return undefined;
  if (typeof value !== 'number') return `has a ${typeof value}, which JSON cannot hold.`;
  return Number.isFinite(value) ? undefined : 'has a non-finite number.';
}

/** Recursion is bounded by the depth limit itself. */
function faultInObject(value: object, depth: number): string | undefined {
  if (depth > MAX_METADATA_DEPTH) return `is nested deeper than ${MAX_METADATA_DEPTH}.`;
  if (!Array.isArray(value) && !isPlainObject(value))
    return 'has an object that is not plain JSON.';
  // Copied into an ordinary object later, this name would set its prototype.
  if (Object.keys(value).includes('__proto__')) return 'has a field named "__proto__".';
  for (const inner of Object.values(value)) {
    const fault = faultIn(inner, depth + 1);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}
