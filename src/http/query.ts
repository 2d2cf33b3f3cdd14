import type { TSchema } from 'typebox';
import { IsInteger, IsObject } from 'typebox/type';
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
    const isNumber = property !== undefined && IsInteger(property) && WHOLE_NUMBER.test(value);
    query[name] = isNumber ? Number(value) : value;
  }
  return query;
}

function repeated(name: string): InvalidRequestError {
  const pointer = `/${name.slice(0, 64)}`;
  const fault: FieldFault = { pointer, message: 'is there twice.', fix: 'Send it once.' };
  return new InvalidRequestError([fault]);
}
