import { randomBytes } from 'node:crypto';
import { userInfo } from 'node:os';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { type Server, startPrivateServer } from './private-postgres.js';

/** What the suites are told about PostgreSQL; `url` names a role that may create databases. */
export type PostgresOffer =
  | { readonly kind: 'ready'; readonly url: string; readonly namePrefix: string }
  | { readonly kind: 'absent'; readonly reason: string };

declare module 'vitest' {
  interface ProvidedContext {
    postgres: PostgresOffer;
  }
}

const CONNECT_MS = 3_000;
const REMEDY =
  'Start one, name it in KEYTURN_TEST_POSTGRES (a URL whose role may create databases), ' +
  'or install the package: apt-get install postgresql';

/**
 * Finds a PostgreSQL, else starts a private one, and tells the suites. What the run leaves in it
 * is dropped at the end.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const namePrefix = `keyturn_test_${randomBytes(4).toString('hex')}_`;
  const tried: string[] = [];
  const server = (await findServer(tried)) ?? (await startPrivateServer(tried));
  if (server === undefined) {
    const reason = `No PostgreSQL: ${tried.join('; ')}. ${REMEDY}`;
    if (mayNotSkip()) throw new Error(reason);
    project.provide('postgres', { kind: 'absent', reason });
    return async () => {};
  }
  project.provide('postgres', { kind: 'ready', url: server.url, namePrefix });
  return async () => {
    await dropLeftovers(server.url, namePrefix);
    server.stop();
  };
}

function mayNotSkip(): boolean {
  return [process.env['CI'], process.env['KEYTURN_TEST_NO_SKIP']].some(isSet);
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== '0' && value !== 'false';
}

async function findServer(tried: string[]): Promise<Server | undefined> {
  const named = process.env['KEYTURN_TEST_POSTGRES'];
  const urls = named
    ? [named]
    : ['postgres', 'root', userInfo().username].map(
        (user) => `postgres://${user}@127.0.0.1:5432/postgres`,
      );
  for (const url of new Set(urls)) {
    const fault = await faultOf(url);
    if (fault === undefined) return { url, stop: () => {} };
    tried.push(`${new URL(url).username}@${new URL(url).host}: ${fault}`);
  }
  if (named) throw new Error(`KEYTURN_TEST_POSTGRES cannot be used: ${tried.join('; ')}`);
  return undefined;
}

async function faultOf(url: string): Promise<string | undefined> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_MS });
  try {
    await client.connect();
    const found = await client.query<{ may: boolean }>(
      'select rolsuper or rolcreatedb as may from pg_roles where rolname = current_user',
    );
    return found.rows[0]?.may ? undefined : 'the role may not create databases';
  } catch (error) {
    return error instanceof Error ? error.message || error.name : String(error);
  } finally {
    await client.end().catch(() => {});
  }
}

async function dropLeftovers(url: string, namePrefix: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_MS });
  try {
    await client.connect();
    const left = await client.query<{ name: string }>(
      'select datname as name from pg_database where starts_with(datname, $1)',
      [namePrefix],
    );
    for (const { name } of left.rows) {
      await client.query(`drop database if exists ${pg.escapeIdentifier(name)} with (force)`);
    }
  } catch (error) {
    console.error('The databases of this run could not be dropped:', error);
  } finally {
    await client.end().catch(() => {});
  }
}
