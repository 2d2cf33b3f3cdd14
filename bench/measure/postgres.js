import { randomBytes } from 'node:crypto';
import { userInfo } from 'node:os';
import process from 'node:process';
import pg from 'pg';
import { migrateDatabase } from '../../dist/upkeep.js';

const CONNECT_MS = 3_000;
const REMEDY =
  'No PostgreSQL at 127.0.0.1:5432. Name one in KEYTURN_BENCH_POSTGRES: a URL whose role may ' +
  'create databases.';

/**
 * A database of one row's own, migrated.
 * @returns {Promise<{ url: string, version: string, drop: () => Promise<void> }>}
 */
export async function makePostgres() {
  const serverUrl = await findServer();
  const name = `keyturn_bench_${randomBytes(6).toString('hex')}`;
  await atServer(serverUrl, `create database ${name} template template0 encoding 'UTF8'`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  await migrateDatabase({ database: url.href });
  const [{ server_version: version }] = await atServer(serverUrl, 'show server_version');
  const drop = async () => {
    await atServer(serverUrl, `drop database if exists ${name} with (force)`);
  };
  return { url: url.href, version, drop };
}

async function findServer() {
  const named = process.env['KEYTURN_BENCH_POSTGRES'];
  const urls = named
    ? [named]
    : ['postgres', 'root', userInfo().username].map(
        (user) => `postgres://${user}@127.0.0.1:5432/postgres`,
      );
  for (const url of urls) {
    const rows = await atServer(url, 'select 1').catch(() => undefined);
    if (rows !== undefined) return url;
  }
  throw new Error(REMEDY);
}

/** @param {string} url @param {string} statement @returns {Promise<any[]>} */
async function atServer(url, statement) {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_MS });
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}
