import { setTimeout as pause } from 'node:timers/promises';
import type { Command } from 'commander';
import { StoreUnavailableError } from '../errors.js';
import { makeKeyturn } from '../keyturn.js';
import type { Log } from '../ports.js';
import type { Keyturn } from '../public.js';
import type { Config } from './config.js';
import { commandLine } from './connect.js';
import { EXIT, type ExitCode, messageOf } from './fault.js';
import type { Cli, Invocation } from './invocation.js';
import { jsonLog } from './log.js';
import type { Streams } from './output.js';
import { listen } from './serve-listen.js';
import { stopped, stopSignal } from './serve-signals.js';
import { welcome } from './serve-welcome.js';
import { redacted } from './setting-values.js';
import { databaseOf, type Settings } from './settings.js';
import { withServing } from './shared-options.js';

const RETRY_MS = 1_000;

/** What a server is made of. */
interface Serving {
  readonly call: Invocation;
  readonly config: Config;
  readonly keyturn: Keyturn;
  readonly log: Log;
}

/** `keyturn serve` */
export function defineServe(command: Command, cli: Cli): void {
  withServing(command).action(cli.run(serve));
}

async function serve(call: Invocation): Promise<ExitCode> {
  const stop = stopSignal();
  const config = await call.config();
  const log = logTo(call.streams.stderr);
  const keyturn = await keyturnFor(config.settings, log);
  try {
    await serveUntil(stop, { call, config, keyturn, log });
  } finally {
    await keyturn.close(); // Writes what was counted and not written yet.
  }
  return EXIT.done;
}

/** Opens, listens, says where, and finishes what is open when it is told to stop. */
async function serveUntil(stop: AbortSignal, serving: Serving): Promise<void> {
  const { call, config, keyturn, log } = serving;
  const { settings } = config;
  const isOpen = await isOpened(serving);
  if (stop.aborted) return;
  const server = await listen(settings, keyturn, log);
  try {
    call.out.note(`Keyturn listens on ${server.url} (database ${redacted(settings.database)}).`);
    const base = `${settings.publicUrl ?? server.url}${settings.basePath}`;
    if (isOpen || (await isOpenedLater(serving, stop)))
      await welcome(call, config, { keyturn, base });
    await stopped(stop);
    call.out.note('Stopping: open requests are finished, and what was counted is written.');
  } finally {
    await server.close();
  }
}

/** @returns false where the database is away and may come back. */
async function isOpened({ call, config, keyturn }: Serving): Promise<boolean> {
  try {
    await keyturn.open();
    return true;
  } catch (fault) {
    const { database } = config.settings;
    // A file that cannot be opened does not come back by waiting; a database server does.
    if (!(fault instanceof StoreUnavailableError) || database.startsWith('sqlite:')) throw fault;
    call.out.note(
      `${messageOf(fault)}\nTrying again every second. Until then /readyz says 503, and every ` +
        'check is "unavailable".',
    );
    return false;
  }
}

/**
 * Tries until the database is there.
 * @returns false if the server is stopped first.
 * @throws {KeyturnError} it is there, and waiting will not help.
 */
async function isOpenedLater({ keyturn }: Serving, stop: AbortSignal): Promise<boolean> {
  while (!stop.aborted) {
    await pause(RETRY_MS, undefined, { signal: stop }).catch(() => undefined);
    const fault = await keyturn.open().catch((thrown: unknown) => thrown);
    if (fault === undefined) return true;
    if (!(fault instanceof StoreUnavailableError)) throw fault;
  }
  return false;
}

function keyturnFor(settings: Settings, log: Log): Promise<Keyturn> {
  const { basePath, publicUrl, trustedHops, recording, faces } = settings;
  const { destinations, probes, notices, signIn } = settings;
  const options = {
    ...databaseOf(settings),
    ...{ basePath, trustedHops, recording, log },
    publicUrl: publicUrl ?? undefined,
    destinations: destinations ?? undefined,
    probes: probes ?? undefined,
    notices: notices ?? undefined,
    signIn: signIn ?? undefined,
  };
  const hasPages = faces === null;
  return makeKeyturn(options, { role: 'server', caller: commandLine(), hasPages });
}

function logTo(stream: Streams['stderr']): Log {
  return jsonLog(
    (line) => stream.write(line),
    () => new Date().toISOString(),
  );
}
