import type { TSchema } from 'typebox';
import { IsArray, IsObject, IsUnion } from 'typebox/type';

/** Copies out of a value what an answer may show, and nothing else. */
export type Projector = (value: unknown) => unknown;

const asItIs: Projector = (value) => value;

/**
 * Makes an answer's allow-list out of its schema, once: a field that the schema does not name
 * never leaves, whatever the value grows one day.
 */
export function projectorOf(schema: TSchema): Projector {
  if (IsObject(schema) && isClosed(schema)) return objectProjector(schema.properties);
  if (IsArray(schema)) {
    const item = projectorOf(schema.items);
    return (value) => (Array.isArray(value) ? value.map(item) : undefined);
  }
  if (IsUnion(schema)) {
    const shape = schema.anyOf.find((each) => IsObject(each) || IsArray(each));
    return shape === undefined ? asItIs : orWord(projectorOf(shape), schema.anyOf.flatMap(wordsOf));
  }
  return asItIs;
}

function objectProjector(properties: Readonly<Record<string, TSchema>>): Projector {
  const fields = Object.entries(properties).map(
    ([name, schema]) => [name, projectorOf(schema)] as const,
  );
  return (value) => {
    if (typeof value !== 'object' || value === null) return undefined;
    const shown: Record<string, unknown> = {};
    for (const [name, project] of fields) {
      const inner: unknown = Reflect.get(value, name);
      if (inner !== undefined) shown[name] = project(inner);
    }
    return shown;
  };
}

/** Null, or one of the words that the schema names, in the place of an object. */
function orWord(project: Projector, words: readonly unknown[]): Projector {
  return (value) => (value === null || words.includes(value) ? value : project(value));
}

function wordsOf(schema: TSchema): readonly unknown[] {
  const words: unknown = Reflect.get(schema, 'enum');
  return Array.isArray(words) ? words : [Reflect.get(schema, 'const')];
}

/** An object that is open in its schema is the issuer's own, and shown as it is. */
function isClosed(schema: TSchema): boolean {
  return Reflect.get(schema, 'additionalProperties') === false;
}
