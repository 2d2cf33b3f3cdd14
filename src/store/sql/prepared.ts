import type { Compilable, CompiledQuery, Kysely, QueryResult } from 'kysely';
import type { Database } from '../schema.js';
import type { SqlEngine } from './engine.js';

/** Stands in a statement's text where a value of each run goes: Kysely hands on what it is given. */
class Place {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

interface Text<Row> {
  readonly query: CompiledQuery<Row>;
  /** Which value is each parameter. */
  readonly names: readonly string[];
}

/**
 * A statement that is run often. Kysely takes longer to write its text than a database to run it,
 * so it is written once for each database, and each run only brings its values.
 *
 * `write` is given places for values: it may hand them on, and decide nothing by them.
 */
export function prepared<Given extends object, Row>(
  write: (values: Given, engine: SqlEngine) => Compilable<Row>,
): (engine: SqlEngine, db: Kysely<Database>, values: Given) => Promise<QueryResult<Row>> {
  const texts = new WeakMap<SqlEngine, Text<Row>>();
  return (engine, db, values) => {
    let text = texts.get(engine);
    if (text === undefined) {
      text = textOf(write(placesOf(values), engine).compile());
      texts.set(engine, text);
    }
    const parameters = text.names.map((name) => Reflect.get(values, name));
    return db.executeQuery({ ...text.query, parameters });
  };
}

function placesOf<Given extends object>(values: Given): Given {
  const places = Object.keys(values).map((name) => [name, new Place(name)]);
  return Object.fromEntries(places);
}

/** @throws {Error} a value stands in it that would be the same in every run: a fault of ours. */
function textOf<Row>(query: CompiledQuery<Row>): Text<Row> {
  const names = query.parameters.map((one) => {
    if (one instanceof Place) return one.name;
    throw new Error(`A prepared statement holds a value: ${query.sql}`);
  });
  return { query, names };
}
