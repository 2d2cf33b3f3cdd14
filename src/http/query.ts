import type { TSchema } from 'typebox';
import { IsBoolean, IsInteger, IsObject } from 'typebox/type';
import { type FieldFault, InvalidRequestError } from '../errors.js';

const WHOLE_NUMBER = /^\d{1,9}$/;
const NONE: Readonly<Record<string, unknown>> = Object.freeze({});

/**
 * Reads a query as the object its schema describes. Whether it fits is for the validator.
 * @throws {InvalidRequestError} a parameter is there twice: two programs could read it differently.
 */
export function readQuery(schema: TSchema, search: string): Readonly<Record<string, unknown>> {
  if (search === '') return NONE;
  const properties = IsObject(schema) ? schema.properties : {};
  const query: Record<string, unknown> = Object.create(null);
  for (const [name, value] of new URLSearchParams(search)) {
    if (name in query) throw repeated(name);
    const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
    query[name] = property === undefined ? value : readValue(property, value);
  }
  return query;
}

/** A number or a yes or no, where one is meant and the text is one; else the text. */
function readValue(property: TSchema, value: string): unknown {
  if (IsInteger(property) && WHOLE_NUMBER.test(value)) return Number(value);
  if (IsBoolean(property) && (value === 'true' || value === 'false')) return value === 'true';
  return value;
}

function repeated(name: string): InvalidRequestError {
  const pointer = `/${name.slice(0, 64)}`;
  const fault: FieldFault = { pointer, message: 'is there twice.', fix: 'Send it once.' };
  return new InvalidRequestError([fault]);
}
