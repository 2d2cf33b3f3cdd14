import { type FieldFault, InvalidRequestError } from './errors.js';
import { isScope } from './keys/scopes.js';
import { nearest } from './nearest.js';

/** What a value from outside has to be. Data, so that one reader serves every call. */
export interface Form {
  /** A phrase: "a string". */
  readonly wanted: string;
  readonly fits: (value: unknown) => boolean;
  /** What to do where it is missing or does not fit. Absent: to send what is wanted. */
  readonly fix?: string;
  readonly isRequired?: boolean;
  /** Of each entry, where the value is a list. */
  readonly item?: Form;
  /** Of each field, where the value is an object; it has no others. */
  readonly fields?: Readonly<Record<string, Form>>;
  /** What one of its fields is called, where a name is none of them. */
  readonly fieldIs?: string;
}

/** A form for each field of a type: one that is added to the type alone does not compile. */
export type Forms<T> = { readonly [Name in keyof T]-?: Form };

/** A form and the value that has to be of it. */
export type Told = readonly [form: Form, value: unknown];

const MAX_FAULTS = 20; // One answer names this many; the rest show when those are mended.
const MAX_SHOWN_NAME = 64; // A longer field name is cut: it is the caller's text.

export const text: Form = { wanted: 'a string', fits: (value) => typeof value === 'string' };
export const texts = listOf(text, 'a list of strings');
export const environment = oneOf('live', 'test');

/** What a check may ask for. */
export const scopes = listOf(
  { wanted: 'a scope like "reports:read"', fits: (value) => isText(value) && isScope(value) },
  'a list of scopes',
);

export function required(form: Form): Form {
  return { ...form, isRequired: true };
}

export function orNull(form: Form): Form {
  const wanted = `${form.wanted} or null`;
  return { ...form, wanted, fits: (value) => value === null || form.fits(value) };
}

export function oneOf(...choices: readonly string[]): Form {
  const wanted = `one of ${choices.map((choice) => `"${choice}"`).join(', ')}`;
  return { wanted, fits: (value) => isText(value) && choices.includes(value) };
}

/** A whole number within bounds. */
export function wholeNumber(wanted: string, least: number, most: number): Form {
  const fits = (value: unknown) =>
    typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
  return { wanted, fits };
}

export function listOf(item: Form, wanted: string): Form {
  return { wanted, fits: (value) => Array.isArray(value), item: required(item) };
}

/** An object with these fields and no others. */
export function objectOf(
  fields: Readonly<Record<string, Form>>,
  { wanted = 'an object', fieldIs = 'a field of this request' } = {},
): Form {
  return { wanted, fits: isObject, fields, fieldIs };
}

/** No list, `Map`, `Date` or promise: what they hold is no field, so it would not be seen. */
export function isObject(value: unknown): value is object {
  return Object.prototype.toString.call(value) === '[object Object]';
}

/**
 * Takes values as what their forms say.
 * @throws {InvalidRequestError} naming each field that is not, and what it was meant to be.
 */
export function requireForms(...told: readonly Told[]): void {
  const faults = faultsIn(...told);
  if (faults.length > 0) throw new InvalidRequestError(faults);
}

/**
 * What is wrong with values, field by field. The values themselves are never repeated: one of
 * them may be a credential in the wrong place.
 */
export function faultsIn(...told: readonly Told[]): readonly FieldFault[] {
  const faults: FieldFault[] = [];
  for (const [form, value] of told) read(faults, '', { form, value });
  return faults.slice(0, MAX_FAULTS);
}

interface Reading {
  readonly form: Form;
  readonly value: unknown;
}

function read(faults: FieldFault[], pointer: string, { form, value }: Reading): void {
  if (faults.length >= MAX_FAULTS) return;
  if (value === undefined) {
    const { wanted, fix = `Add ${wanted}.` } = form;
    if (form.isRequired === true) faults.push({ pointer, message: 'is missing.', fix });
  } else if (!form.fits(value)) {
    const { wanted, fix = `Send ${wanted}.` } = form;
    faults.push({ pointer, message: `is not ${wanted}.`, fix });
  } else if (Array.isArray(value)) readItems(faults, pointer, { form, value });
  else if (form.fields !== undefined && isObject(value)) {
    readFields(faults, pointer, { ...form, fields: form.fields, value });
  }
}

function readItems(
  faults: FieldFault[],
  pointer: string,
  { form, value }: { readonly form: Form; readonly value: readonly unknown[] },
): void {
  if (form.item === undefined) return;
  // By index: a hole is an entry too.
  for (let index = 0; index < value.length; index += 1) {
    read(faults, `${pointer}/${index}`, { form: form.item, value: value[index] });
  }
}

function readFields(
  faults: FieldFault[],
  pointer: string,
  of: Required<Pick<Form, 'fields'>> & Pick<Form, 'fieldIs'> & { readonly value: object },
): void {
  const known = Object.keys(of.fields);
  // Inherited ones too: what the caller reads as told must not be passed over here.
  for (const name in of.value) {
    if (!known.includes(name)) faults.push(unknownField(pointer, name, { ...of, known }));
  }
  for (const [name, form] of Object.entries(of.fields)) {
    const value: unknown = Reflect.get(of.value, name);
    read(faults, `${pointer}/${name}`, { form, value });
  }
}

/** The fault of a name that is none of the known ones, with the one that was likely meant. */
export function unknownField(
  parent: string,
  name: string,
  of: { readonly known: readonly string[]; readonly fieldIs?: string | undefined },
): FieldFault {
  const isLong = name.length > MAX_SHOWN_NAME;
  const meant = isLong ? undefined : nearest(name, of.known);
  const known =
    of.known.length === 0
      ? 'This request takes no fields: remove it.'
      : `Known are: ${of.known.join(', ')}.`;
  return {
    pointer: `${parent}/${shownName(name)}`,
    message: `is not ${of.fieldIs ?? 'a field of this request'}.`,
    fix: meant === undefined ? known : `Did you mean "${meant}"?`,
  };
}

/** A caller's name for a field within a JSON pointer, cut where it is long. */
export function shownName(name: string): string {
  const isLong = name.length > MAX_SHOWN_NAME;
  return escaped(isLong ? `${name.slice(0, MAX_SHOWN_NAME)}…` : name);
}

/** A name within a JSON pointer (RFC 6901 §3). */
export function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
