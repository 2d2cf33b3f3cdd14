import { ConfigInvalidError } from '../../errors.js';

/** Which server, database and schema it is, and how to speak with it. */
const SHOWN = ['host', 'port', 'user', 'options', 'prepare', 'sslmode', 'sslrootcert'];

/** A PostgreSQL address, taken apart. */
export interface Address {
  /** For the driver: as it was given, but for what only we understand. */
  readonly url: string;
  /** For people, who may have to type it again: without a password. */
  readonly where: string;
  /**
   * `?prepare=false`: a pooler stands between that gives each transaction another connection
   * (PgBouncer), so no statement can be kept prepared, and no setting be made for a connection.
   */
  readonly hasOwnConnections: boolean;
}

/** @throws {ConfigInvalidError} it is no address of a PostgreSQL. */
export function addressOf(text: string): Address {
  const url = parsed(text);
  const hasOwnConnections = url.searchParams.get('prepare') !== 'false';
  const user = url.username === '' ? '' : `${url.username}@`;
  const where = `${url.protocol}//${user}${url.host}${url.pathname}${shownQuery(url)}`;
  url.searchParams.delete('prepare');
  return { url: url.href, where, hasOwnConnections };
}

/** Only what leads to the place: of what is not known, nobody knows whether it is a secret. */
function shownQuery({ searchParams }: URL): string {
  const shown = [...searchParams].filter(([name]) => SHOWN.includes(name));
  const pairs = shown.map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}

function parsed(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'postgres:' || url?.protocol === 'postgresql:') return url;
  // The text may hold a password: it is not repeated.
  throw new ConfigInvalidError(
    'The database address is not one of PostgreSQL. ' +
      'Write postgres://user:password@host:5432/database, with special characters as %XX.',
  );
}
