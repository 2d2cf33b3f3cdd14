// JSON Schema as people write types. Shapes that have a name are called by it, and shown once.
import { code, paragraphs, table } from './markdown.js';

/**
 * @typedef {{ type?: string, description?: string, properties?: Record<string, Schema>,
 *   required?: readonly string[], items?: Schema, anyOf?: readonly Schema[],
 *   enum?: readonly unknown[], const?: unknown, additionalProperties?: unknown }} Schema
 * @typedef {{ name: string, type: string, isRequired: boolean, what: string }} Field
 */

// What is shown apart; the rest is written where it stands.
/** @type {readonly (readonly [string, (schemas: Record<string, Schema>) => Schema | undefined])[]} */
const SHAPES = [
  ['Key', ({ KeySchema }) => KeySchema],
  ['Secret', ({ KeySchema }) => KeySchema?.properties?.['secrets']?.items],
  ['VerifiedKey', ({ VerifiedKeySchema }) => VerifiedKeySchema],
  ['Restrictions', ({ RestrictionsSchema }) => RestrictionsSchema],
  ['Keyspace', ({ KeyspaceSchema }) => KeyspaceSchema],
  ['Owner', ({ OwnerSchema }) => OwnerSchema],
  ['Event', ({ EventSchema }) => EventSchema],
  ['ChainReport', ({ ChainReportSchema }) => ChainReportSchema],
  ['Usage', ({ UsageSchema }) => UsageSchema],
  ['Problem', ({ ProblemSchema }) => ProblemSchema],
];

// Shapes with one field more.
/** @type {readonly (readonly [string, (schemas: Record<string, Schema>) => Schema | undefined])[]} */
const WIDER = [
  ['Keyspace & { replayed?: true }', ({ KeyspaceAnswerSchema }) => KeyspaceAnswerSchema],
  ['Owner & { replayed?: true }', ({ OwnerAnswerSchema }) => OwnerAnswerSchema],
];

export class SchemaNames {
  /** @type {Map<string, string>} */
  #names = new Map();
  /** @type {readonly { name: string, schema: Schema }[]} */
  #shapes;

  /** @param {Record<string, Schema>} schemas the exports of schemas.ts */
  constructor(schemas) {
    /** @param {(typeof SHAPES)[number]} shape */
    const named = ([name, find]) => {
      const schema = find(schemas);
      if (schema === undefined) throw new Error(`schemas.ts has no shape of ${name} any more.`);
      this.#names.set(JSON.stringify(schema), name);
      return { name, schema };
    };
    this.#shapes = SHAPES.map(named);
    for (const shape of WIDER) named(shape);
  }

  /** @param {Schema} schema @returns {string} */
  typeOf(schema) {
    return this.#names.get(JSON.stringify(schema)) ?? this.#spelled(schema);
  }

  /** @param {Schema} schema an object @returns {readonly Field[]} */
  fieldsOf(schema) {
    const required = schema.required ?? [];
    return Object.entries(schema.properties ?? {}).map(([name, property]) => ({
      name,
      type: this.typeOf(property),
      isRequired: required.includes(name),
      what: whatOf(property),
    }));
  }

  /** Every shape that has a name, as a table. */
  shapes() {
    return paragraphs(
      ...this.#shapes.map(({ name, schema }) => {
        const rows = this.fieldsOf(schema).map(({ name: field, type, isRequired, what }) => [
          code(isRequired ? field : `${field}?`),
          code(type),
          what,
        ]);
        return paragraphs(`### ${name}`, table(['Field', 'Type', 'What'], rows));
      }),
    );
  }

  /** @param {Schema} schema @returns {string} */
  #spelled({ type, properties, required = [], items, anyOf, enum: values, const: value }) {
    if (value !== undefined) return JSON.stringify(value);
    if (values !== undefined) return values.map((one) => JSON.stringify(one)).join(' | ');
    if (anyOf !== undefined) return anyOf.map((one) => this.typeOf(one)).join(' | ');
    if (type === 'array') return `${this.typeOf(items ?? {})}[]`;
    if (type !== 'object') return type ?? 'any';
    const fields = Object.entries(properties ?? {}).map(
      ([name, property]) =>
        `${name}${required.includes(name) ? '' : '?'}: ${this.typeOf(property)}`,
    );
    return fields.length === 0 ? 'object' : `{ ${fields.join(', ')} }`;
  }
}

/** What a description adds to a type's name.
 * @param {Schema} schema
 */
function whatOf({ description = '' }) {
  const isSaid = /^(a string|a list of strings|an object( of restrictions)?|true or false)$/.test(
    description,
  );
  return isSaid ? '' : description;
}
