import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';

/** What the suites are told about PostgreSQL; `url` names a role that may create databases. */
export type PostgresOffer =
  | { readonly kind: 'ready'; readonly url: string; readonly namePrefix: string }
  | { readonly kind: 'absent'; readonly reason: string };

declare module 'vitest' {
  interface ProvidedContext {
    postgres: PostgresOffer;
  }
}

interface Server {
  readonly url: string;
  readonly stop: () => void;
}

const CONNECT_MS = 3_000;
const PACKAGES = '/usr/lib/postgresql';
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
  const server = (await findServer(tried)) ?? (await startServer(tried));
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

async function startServer(tried: string[]): Promise<Server | undefined> {
  const programs = newestPrograms();
  if (programs === undefined) {
    tried.push(`no server program under ${PACKAGES}`);
    return undefined;
  }
  const folder = mkdtempSync(join(tmpdir(), 'keyturn-postgres-'));
  const as = process.getuid?.() === 0 ? ordinaryUser() : undefined; // It refuses to run as root.
  if (as !== undefined) chownSync(folder, as.uid, as.gid);
  const port = await freePort();
  const data = join(folder, 'data');
  const settings = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= \
-c fsync=off -c full_page_writes=off -c max_connections=200`;
  const run = (program: string, ...args: string[]) =>
    spawnSync(join(programs, program), args, { ...as, cwd: folder, encoding: 'utf8' });
  const stop = () => {
    run('pg_ctl', 'stop', '-D', data, '-m', 'immediate', '-w');
    rmSync(folder, { recursive: true, force: true });
  };
  const made = run('initdb', '-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '-N');
  const log = join(folder, 'log');
  const started =
    made.status === 0 ? run('pg_ctl', 'start', '-D', data, '-l', log, '-w', '-o', settings) : made;
  if (started.status !== 0) {
    tried.push(`a private server did not start: ${started.stderr || started.error?.message}`);
    stop();
    return undefined;
  }
  return { url: `postgres://postgres@127.0.0.1:${port}/postgres`, stop };
}

function newestPrograms(): string | undefined {
  if (!existsSync(PACKAGES)) return undefined;
  const versions = readdirSync(PACKAGES).sort((a, b) => Number(b) - Number(a));
  const folders = versions.map((version) => join(PACKAGES, version, 'bin'));
  return folders.find((folder) => existsSync(join(folder, 'initdb')));
}

function ordinaryUser(): { readonly uid: number; readonly gid: number } {
  for (const name of ['postgres', 'nobody']) {
    const answers = ['-u', '-g'].map((flag) => spawnSync('id', [flag, name], { encoding: 'utf8' }));
    const [uid, gid] = answers.map((answer) => Number(answer.stdout));
    if (answers[0]?.status === 0 && uid && gid) return { uid, gid };
  }
  throw new Error('Running as root, and there is no user "postgres" or "nobody" to start as.');
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
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
