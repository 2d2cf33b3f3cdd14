import type { TSchema } from 'typebox';
import type { TLocalizedValidationError } from 'typebox/error';
import { IsArray, IsObject, IsUnion } from 'typebox/type';
import type { FieldFault } from '../errors.js';
import { escaped, unknownField } from '../form.js';

const MAX_FAULTS = 20; // One answer names this many; the rest show when those are mended.

/**
 * What is wrong with a value, field by field. The values themselves are never repeated: one of
 * them may be a credential in the wrong place.
 */
export function faultsOf(
  schema: TSchema,
  errors: readonly TLocalizedValidationError[],
): readonly FieldFault[] {
  const faults = new Map<string, FieldFault>();
  for (const fault of errors.flatMap((error) => faultsOfError(schema, error))) {
    // The first one of a field says enough; a union repeats itself for each of its members.
    if (!faults.has(fault.pointer) && faults.size < MAX_FAULTS) faults.set(fault.pointer, fault);
  }
  return withoutWholes([...faults.values()]);
}

/** A union says of the whole value that it is no other member, too: what is within says more. */
function withoutWholes(faults: readonly FieldFault[]): readonly FieldFault[] {
  return faults.filter(
    ({ pointer }) => !faults.some((other) => other.pointer.startsWith(`${pointer}/`)),
  );
}

function faultsOfError(schema: TSchema, error: TLocalizedValidationError): FieldFault[] {
  const { instancePath } = error;
  if (error.keyword === 'boolean') {
    // The same as the next case, one by one; the validator stops after a few of them.
    const nameAt = instancePath.lastIndexOf('/');
    const parent = instancePath.slice(0, nameAt);
    const name = unescaped(instancePath.slice(nameAt + 1));
    return [unknownField(parent, name, { known: namesIn(schemaAt(schema, parent)) })];
  }
  if (error.keyword === 'additionalProperties') {
    const known = namesIn(schemaAt(schema, instancePath));
    const unknown = error.params.additionalProperties.slice(0, MAX_FAULTS);
    return unknown.map((name) => unknownField(instancePath, name, { known }));
  }
  if (error.keyword === 'required') {
    return error.params.requiredProperties.map((name) => {
      const pointer = `${instancePath}/${escaped(name)}`;
      return { pointer, message: 'is missing.', fix: `Add ${wanted(schemaAt(schema, pointer))}.` };
    });
  }
  const expected = wanted(schemaAt(schema, instancePath));
  return [{ pointer: instancePath, message: `is not ${expected}.`, fix: `Send ${expected}.` }];
}

/** What a schema asks for, as a phrase: "a string", "one of "live", "test"". */
export function wanted(schema: TSchema | undefined): string {
  if (schema === undefined) return 'what the documentation says';
  const { description } = textsOf(schema);
  if (description !== undefined) return description;
  if (IsUnion(schema)) return schema.anyOf.map(wanted).join(' or ');
  if (IsArray(schema)) return `a list, each item ${wanted(schema.items)}`;
  return simplyWanted(schema);
}

function simplyWanted(schema: TSchema): string {
  const { constant, choices, type } = textsOf(schema);
  if (constant !== undefined) return JSON.stringify(constant);
  if (choices !== undefined) return `one of ${choices.map((choice) => `"${choice}"`).join(', ')}`;
  if (type === 'null') return type;
  const article = type === 'integer' || type === 'object' || type === 'array' ? 'an' : 'a';
  return [`${article} ${type ?? 'value'}`, ...boundsOf(schema)].join(', ');
}

function boundsOf(schema: TSchema): readonly string[] {
  const bounds = [
    ['above', Reflect.get(schema, 'exclusiveMinimum')],
    ['at least', Reflect.get(schema, 'minimum')],
    ['below', Reflect.get(schema, 'exclusiveMaximum')],
    ['at most', Reflect.get(schema, 'maximum')],
  ] as const;
  return bounds.flatMap(([word, bound]) => (typeof bound === 'number' ? [`${word} ${bound}`] : []));
}

function textsOf(schema: TSchema) {
  const description: unknown = Reflect.get(schema, 'description');
  const choices: unknown = Reflect.get(schema, 'enum');
  const type: unknown = Reflect.get(schema, 'type');
  const constant: unknown = Reflect.get(schema, 'const');
  return {
    description: typeof description === 'string' ? description : undefined,
    choices: Array.isArray(choices) ? choices : undefined,
    type: typeof type === 'string' ? type : undefined,
    constant,
  };
}

function namesIn(schema: TSchema | undefined): readonly string[] {
  if (schema === undefined) return [];
  if (IsUnion(schema)) return schema.anyOf.flatMap(namesIn);
  return IsObject(schema) ? Object.keys(schema.properties) : [];
}

/** The schema of the value a pointer names. */
function schemaAt(root: TSchema, pointer: string): TSchema | undefined {
  let schema: TSchema | undefined = root;
  for (const part of pointer.split('/').slice(1)) {
    if (schema === undefined) return undefined;
    schema = innerSchema(schema, unescaped(part));
  }
  return schema;
}

function innerSchema(schema: TSchema, name: string): TSchema | undefined {
  if (IsObject(schema)) return schema.properties[name];
  if (IsArray(schema)) return schema.items;
  if (IsUnion(schema)) return schema.anyOf.map((each) => innerSchema(each, name)).find(Boolean);
  return undefined;
}

function unescaped(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~');
}
