import type { ClientConfig, Pool } from 'pg';
import { DependencyMissingError } from '../../errors.js';
import type { Log } from '../../ports.js';
import type { Address } from './address.js';

type Pg = typeof import('pg').default;

/** A process needs few: a check is one short statement. PostgreSQL itself allows 100 in all. */
const MAX_CONNECTIONS = 10;
const CONNECT_TIMEOUT_MS = 5_000;
/** The server ends a statement first; ours is for a network that swallows everything. */
const STATEMENT_TIMEOUT_MS = 8_000;
const QUERY_TIMEOUT_MS = 10_000;
/** A frozen process must not hold a lock that everybody needs. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_AFTER_MS = 10_000;
const INT8_OID = 20;

/** @throws {DependencyMissingError} `pg` is not installed. */
export async function loadPg(): Promise<Pg> {
  try {
    return (await import('pg')).default;
  } catch (cause) {
    throw new DependencyMissingError('PostgreSQL needs the package pg. Run: npm install pg', {
      cause,
    });
  }
}

/** What every connection of ours has in common. */
export function clientConfig(pg: Pg, address: Address): ClientConfig {
  // Milliseconds and counts stay below 2^53; the driver's default would answer them as text.
  const types = new pg.TypeOverrides();
  types.setTypeParser(INT8_OID, Number);
  return {
    connectionString: address.url,
    application_name: 'keyturn',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
    types,
  };
}

interface PoolOptions {
  readonly address: Address;
  readonly log: Log;
  /** False for migrations, which may take long and wait for each other. */
  readonly hasTimeouts: boolean;
}

/** A bounded pool. A connection that breaks while it is idle is forgotten, and told. */
export function createPool(pg: Pg, { address, log, hasTimeouts }: PoolOptions): Pool {
  const pool = new pg.Pool({
    ...clientConfig(pg, address),
    ...(hasTimeouts ? timeouts(address) : {}),
    max: MAX_CONNECTIONS,
    allowExitOnIdle: true,
  });
  // Between the pool's own listener and that of whoever takes the connection there is none, and
  // an error that nobody listens to ends the process. The next statement tells of it.
  pool.on('connect', (client) => {
    client.on('error', () => undefined);
  });
  pool.on('error', () => {
    log.warn({ room: 'store' }, 'An idle connection to PostgreSQL was lost.');
  });
  return pool;
}

function timeouts({ hasOwnConnections }: Address): ClientConfig {
  const ours = { query_timeout: QUERY_TIMEOUT_MS };
  // A pooler refuses settings at the start of a connection.
  if (!hasOwnConnections) return ours;
  return {
    ...ours,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
  };
}
