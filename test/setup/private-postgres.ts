import { spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A PostgreSQL; `url` names a role that may create databases. */
export interface Server {
  readonly url: string;
  readonly stop: () => void;
}

const PACKAGES = '/usr/lib/postgresql';

/**
 * Starts a PostgreSQL from the machine's packages: in a temporary folder, on a free port, without
 * fsync. Adds to `tried` why it could not, and answers nothing then.
 */
export async function startPrivateServer(tried: string[]): Promise<Server | undefined> {
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
  const made = run(
    'initdb',
    '-D',
    data,
    '-U',
    'postgres',
    '-A',
    'trust',
    '-E',
    'UTF8',
    '--no-locale',
    '-N',
  );
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
