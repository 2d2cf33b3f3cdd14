import { userInfo } from 'node:os';
import type { Log, LogFields } from '../ports.js';
import type { Caller, Keyturn, Management } from '../public.js';
import type { CheckOptions } from '../verdict.js';
import { type Check, checkOf } from './check-answer.js';
import type { Config } from './config.js';
import { UsageFault } from './fault.js';
import { type ImportLimits, LIBRARY_LIMITS } from './import/parts.js';
import type { Invocation } from './invocation.js';
import { databaseOf } from './settings.js';

/** What a plaintext is checked for. */
export type CheckInput = CheckOptions & { readonly plaintext: string };

/** The nouns, from a database or a running server, until it is closed. */
export interface Session extends Management {
  /** What one call of `keys.import` may hold. */
  readonly importLimits: ImportLimits;
  verify(input: CheckInput): Promise<Check>;
  close(): Promise<void>;
}

/**
 * Does one thing on the data that the command names: a database, or a server.
 * @throws {ConfigInvalidError} the configuration has faults.
 * @throws {UsageFault} both were named, or neither can be used.
 */
export async function withSession<T>(
  call: Invocation,
  act: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await openSession(call, await call.config());
  try {
    return await act(session);
  } finally {
    await session.close();
  }
}

/** Opens the command line's own view of a database: it registers no instance. */
export async function openTool(config: Config, log?: Log): Promise<Keyturn> {
  // Only here: a command that asks a server needs nothing of it.
  const { makeKeyturn } = await import('../keyturn.js');
  const { basePath, publicUrl, destinations, probes, notices, signIn } = config.settings; // Links are made of the first two.
  const options = {
    ...databaseOf(config.settings),
    basePath,
    publicUrl: publicUrl ?? undefined,
    destinations: destinations ?? undefined,
    probes: probes ?? undefined,
    notices: notices ?? undefined,
    signIn: signIn ?? undefined,
    log,
  };
  return makeKeyturn(options, { role: 'tool', caller: commandLine() });
}

/** Who acts: the operating system's user, as the audit trail shows. */
export function commandLine(): Caller {
  return { actor: { kind: 'command_line', id: userName() } };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`; // A container's user without a name.
  }
}

async function openSession(call: Invocation, config: Config): Promise<Session> {
  if (isServerMeant(config)) return await openRemote(call, config);
  if (config.settings.database === 'memory:') {
    throw new UsageFault(
      'A memory: database ends with the process that made it. Name a file or a PostgreSQL.',
    );
  }
  const trouble = new Trouble();
  const keyturn = await openTool(config, trouble);
  try {
    await keyturn.open(); // At once, so that the fault itself is told and not what it leads to.
  } catch (fault) {
    await keyturn.close();
    throw fault;
  }
  const { keys, rotations, policies, destinations, channels, notices } = keyturn;
  const { keyspaces, owners, events, usage, overview, live, people, sessions } = keyturn;
  const verify = async (input: CheckInput) =>
    checkOf(keyturn, await keyturn.verify(input), trouble.last);
  const close = () => keyturn.close();
  const importLimits = LIBRARY_LIMITS;
  const told = { keyspaces, owners, events, usage, channels, notices };
  const seen = { overview, live, people, sessions };
  const nouns = { keys, rotations, policies, destinations, ...told, ...seen };
  return { ...nouns, importLimits, verify, close };
}

/** Keeps what a log would say of why the truth cannot be had. */
class Trouble implements Log {
  last: string | undefined;
  info(): void {}
  warn(_fields: LogFields, message: string): void {
    this.last = message;
  }
  error(_fields: LogFields, message: string): void {
    this.last = message;
  }
}

/** Of a server and a database, the one that was named nearer to the command. */
export function isServerMeant({ settings, originOf }: Config): boolean {
  if (settings.server === null) return false;
  const server = originOf('server');
  const database = originOf('database');
  if (server.rank === database.rank) {
    throw new UsageFault(
      `Both a server (${server.name}) and a database (${database.name}) are named. Name one.`,
    );
  }
  return server.rank < database.rank;
}

async function openRemote(call: Invocation, config: Config): Promise<Session> {
  const { openServer } = await import('./remote.js');
  const { server, keyFile } = config.settings;
  if (keyFile === null || server === null) {
    throw new UsageFault(
      'A server asks for a management key. Put it in a file only you can read, and name it with ' +
        '--key-file FILE.',
    );
  }
  const isInsecure = call.options.has('insecure');
  return openServer({ server, keyFile, isInsecure, note: (text) => call.out.note(text) });
}
