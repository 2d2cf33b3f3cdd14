import type { Static, TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { InvalidRequestError } from '../errors.js';
import { faultsOf } from './faults.js';

/** Takes a value as what a schema describes. */
export type Checker<Schema extends TSchema> = (value: unknown) => Static<Schema>;

/**
 * Compiles a schema once.
 * @returns a function that throws {InvalidRequestError}, naming each field that does not fit.
 */
export function checkerOf<Schema extends TSchema>(schema: Schema): Checker<Schema> {
  const validator = Compile(schema);
  return (value) => {
    if (validator.Check(value)) return value;
    throw new InvalidRequestError(faultsOf(schema, validator.Errors(value)));
  };
}
