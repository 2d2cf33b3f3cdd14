import { Comparing } from './compare.js';
import type { DestinationOpener } from './deliver/opener.js';
import { openerOf } from './deliver/openers.js';
import { proberOf } from './deliver/probers.js';
import { sealKeyOf } from './deliver/seal-key.js';
import { epochFileOf } from './epoch.js';
import type { PasswordCost } from './keys/password-cost.js';
import type { Plaintext } from './keys/plaintext.js';
import { keyspaceFactsOf } from './keyspace-facts.js';
import { managementOf } from './lifecycle/management.js';
import { metricsOf } from './metrics.js';
import { tellingOf } from './notice-telling.js';
import { Opening } from './opening.js';
import type { KeyturnOptions } from './options.js';
import { peopleOf } from './people/management.js';
import { type Log, type Ports, systemPorts } from './ports.js';
import { Providers } from './providers.js';
import type { Caller, Keyturn, Management, Peer } from './public.js';
import { withStatus } from './retiring.js';
import { channelsOf } from './rotation/channel-management.js';
import { claimsOf } from './rotation/claim.js';
import { rotateDue } from './rotation/due-run.js';
import { rotationsOf } from './rotation/management.js';
import { type Runtime, startRuntime } from './runtime.js';
import { selfRotationOf } from './self-rotation.js';
import { settingsOf } from './settings.js';
import { setupOf } from './setup.js';
import { signInOf } from './sign-in.js';
import type { StoreOptions } from './store/open.js';
import type { Store } from './store/store.js';
import type { Verdict, VerifyRequest } from './verdict.js';
import { answerRefusal } from './verify/refusal.js';
import { verify } from './verify/verify.js';

/** What only our own faces and tests say. */
export interface InternalOptions {
  /** A `tool` owns no SQLite file and registers nowhere: the command line. */
  readonly role?: 'server' | 'tool';
  readonly ports?: Ports;
  readonly cacheBytes?: number;
  /** False: a server that is narrowed to some routes has no pages of docs. */
  readonly hasPages?: boolean;
  /** Instead of the one that `database` names. */
  readonly openStore?: (options: StoreOptions) => Promise<Store>;
  readonly sealKey?: Plaintext;
  /** Less than it should be, where time is short: in tests. */
  readonly passwordCost?: PasswordCost;
  /** Instead of those that `destinations` allows. */
  readonly destinations?: DestinationOpener;
  /** Who acts when no caller is named. */
  readonly caller?: Caller;
}

const APPLICATION: Caller = { actor: { kind: 'application', id: 'application' } };
const UNAVAILABLE: Verdict = Object.freeze({ valid: false, code: 'unavailable', retryAfter: 1 });

/**
 * Makes a Keyturn. The database is opened on first use: a build step that imports the
 * application takes nothing.
 * @throws {ConfigInvalidError} an option cannot be.
 */
export async function makeKeyturn(
  options: KeyturnOptions,
  internal: InternalOptions = {},
): Promise<Keyturn> {
  const { settings, mountedAt, served } = settingsOf(options, internal.hasPages);
  const ports = internal.ports ?? systemPorts(options.log);
  const isWriteThrough = options.recording === 'write-through';
  const publicBase = () =>
    settings.publicUrl === null ? undefined : settings.publicUrl + settings.basePath;
  const opening = openingOf(options, internal, { ports, publicBase });
  const lifecycle = async () => (await opening.open()).lifecycle;
  const check = (request: VerifyRequest): Verdict | Promise<Verdict> => {
    const runtime = opening.current;
    if (runtime === undefined) return checkOnceOpen(opening, check, request);
    const verdict = verify(runtime.verifier, request);
    return isWriteThrough ? written(runtime, verdict) : verdict;
  };
  const comparing = new Comparing(opening, isWriteThrough);
  const engine = async () => (await opening.open()).engine;
  const providers = new Providers(options.signIn, ports, publicBase);
  const linkBase = () => publicBase() ?? settings.basePath;
  const nounsOf = nounsOver({ lifecycle, engine, linkBase });
  const caller = internal.caller ?? APPLICATION;
  const handler = lazyHandler(() => keyturn, ports.log);
  const keyturn: Keyturn = {
    ...nounsOf(caller),
    verify: check,
    compare: (comparison) => comparing.begin(comparison),
    as: nounsOf,
    refusalAnswer: (refused, where = {}) => {
      const answer = answerRefusal(refused, {
        typeOf: (code) => settings.problemTypes + code,
        keyspace: opening.current?.verifier.keyspaces.find(where.keyspace),
        refusal: where.refusal,
      });
      return withStatus(answer, refused.code === 'forbidden' ? undefined : refused.secret);
    },
    get handler() {
      served();
      return handler;
    },
    keyspaceFacts: keyspaceFactsOf(opening),
    setup: setupOf(lifecycle, caller),
    signIn: signInOf(lifecycle, options, providers),
    claims: claimsOf(engine),
    rotateSelf: selfRotationOf(opening, check),
    rotateDue: async (due = {}) => rotateDue(await engine(), due),
    open: async () => void (await opening.open()),
    readiness: () => opening.readiness(),
    metrics: () => metricsOf(opening.current),
    settings,
    mountedAt,
    close: () => comparing.settled().then(() => opening.close()),
  };
  return keyturn;
}

/** Opens the database, and starts all that works on it. */
function openingOf(
  options: KeyturnOptions,
  internal: InternalOptions,
  { ports, publicBase }: { readonly ports: Ports; readonly publicBase: () => string | undefined },
): Opening {
  const { database: url, directDatabase: directUrl } = options;
  const { role = 'server', passwordCost } = internal;
  const isWriteThrough = options.recording === 'write-through';
  return new Opening(ports, async (waits) => {
    const store = await (internal.openStore ?? openStore)({ url, directUrl, role, ports, waits });
    try {
      const epochFile = await epochFileOf({ database: url, epochFile: options.epochFile, role });
      const shared = { store, ports, role, cacheBytes: internal.cacheBytes, isWriteThrough };
      const destinations = internal.destinations ?? openerOf(options.destinations, ports.clock);
      const notices = tellingOf(options.notices, () => ports.clock.nowMs());
      const sealKey = internal.sealKey ?? (await sealKeyOf(options.destinations?.sealKey));
      const reach = { publicBase, destinations, notices, sealKey, passwordCost };
      const prober = proberOf(options.probes, ports.clock);
      return await startRuntime({ ...shared, epochFile, ...reach, prober });
    } catch (error) {
      await store.close();
      throw error;
    }
  });
}

/** All nouns, for whoever asks. */
function nounsOver({
  lifecycle,
  engine,
  linkBase,
}: {
  readonly lifecycle: () => Promise<Runtime['lifecycle']>;
  readonly engine: () => Promise<Runtime['engine']>;
  /** Where no public address is known, a path: whoever shows it knows the rest. */
  readonly linkBase: () => string;
}): (whose: Caller) => Management {
  const linkOf = (token: string) => `${linkBase()}/admin/invitation#${token}`;
  return (whose) => {
    const nouns = managementOf(lifecycle, whose);
    const { keys, ...more } = rotationsOf(engine, whose);
    const others = { ...more, ...channelsOf(engine, whose), ...peopleOf(lifecycle, whose, linkOf) };
    return { ...nouns, ...others, keys: { ...nouns.keys, ...keys } };
  };
}

async function openStore(options: StoreOptions): Promise<Store> {
  const { url } = options;
  if (url === 'memory:') return (await import('./store/memory/open.js')).openMemory(options);
  if (url.startsWith('sqlite:'))
    return (await import('./store/sqlite/open.js')).openSqlite(options);
  return (await import('./store/postgres/open.js')).openPostgres(options);
}

async function checkOnceOpen(
  opening: Opening,
  check: Keyturn['verify'],
  request: VerifyRequest,
): Promise<Verdict> {
  try {
    await opening.open();
  } catch {
    return UNAVAILABLE; // Fail closed; the log has said why, and `readiness` does.
  }
  return opening.current === undefined ? UNAVAILABLE : check(request);
}

/** Functions freeze after the answer, so their counts are written before it. */
async function written(runtime: Runtime, verdict: Verdict | Promise<Verdict>): Promise<Verdict> {
  const settled = await verdict;
  await runtime.flusher.flush().catch(() => undefined); // Kept, and written by the next one.
  return settled;
}

function lazyHandler(keyturn: () => Keyturn, log: Log): Keyturn['handler'] {
  let loading: Promise<Keyturn['handler']> | undefined;
  return async (request: Request, peer?: Peer) => {
    loading ??= import('./http/app.js').then(({ createHandler }) => createHandler(keyturn(), log));
    return (await loading)(request, peer);
  };
}
