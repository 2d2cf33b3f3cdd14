import { NotFoundError, StoreCorruptError } from './errors.js';
import { formatTime } from './keys/duration.js';
import type { KeyRecord } from './keys/key.js';
import { MANAGEMENT_KEYSPACE } from './keys/keyspace.js';
import { isSlowScheme } from './keys/scheme.js';
import type { SecretRecord } from './keys/secret.js';
import type { KeyOrigin } from './store/imported.js';
import type { Store } from './store/store.js';
import { openTool, storeOptionsOf, type UpkeepTarget } from './upkeep.js';
import type { ImportRow } from './views.js';

const PAGE = 200;

/** Everything that is stored of a key. There is no plaintext to export. */
export interface ExportedKey {
  readonly id: string;
  readonly keyspace: string;
  readonly name: string;
  readonly owner: string | null;
  readonly environment: KeyRecord['environment'];
  readonly scopes: readonly string[];
  readonly tags: readonly string[];
  readonly metadata: unknown;
  readonly state: KeyRecord['state'];
  readonly stateReason: string | null;
  readonly stateChangedAt: string;
  readonly stateChangedBy: string;
  readonly expiresAt: string | null;
  readonly notBefore: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly restrictions: KeyRecord['restrictions'];
  /** The policy that it names itself. */
  readonly policy: string | null;
  /** Of a key that was imported: the digest of the source's id for it, and what it is found by. */
  readonly origin: KeyOrigin | null;
  /** The management key that made it. */
  readonly maker: string | null;
  readonly version: number;
  readonly secrets: readonly ExportedSecret[];
}

/** A secret's digest finds it in a check: keep an export as you keep the database. */
interface ExportedSecret {
  readonly number: number;
  readonly scheme: SecretRecord['scheme'];
  readonly digest: string;
  readonly hint: string;
  readonly state: SecretRecord['state'];
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly deadline: string | null;
  readonly brownout: ExportedBrownout | null;
  readonly lastUsedAt: string | null;
}

interface ExportedBrownout {
  readonly from: string;
  readonly until: string;
  readonly share: number;
}

/** Every key of a keyspace, or of all, newest first. @throws {NotFoundError} there is none of it. */
export async function* exportKeys(
  target: UpkeepTarget,
  keyspace: string | undefined,
): AsyncGenerator<ExportedKey> {
  const store = await openTool(storeOptionsOf(target));
  try {
    yield* keysIn(store, keyspace);
  } finally {
    await store.close();
  }
}

/** A row that makes the same key, or why none can. */
export type RowOrReason =
  | { readonly kind: 'row'; readonly row: ImportRow }
  | { readonly kind: 'management' }
  /** A clause: "a row says no restrictions". */
  | { readonly kind: 'left_out'; readonly reason: string };

/**
 * The row by which `key import --from jsonl` makes the same key, but for its policy. A key of which
 * a row cannot say all that narrows or makes it is left out: the row would make a wider one.
 */
export function importRowOf(key: ExportedKey): RowOrReason {
  if (key.keyspace === MANAGEMENT_KEYSPACE.name) return { kind: 'management' };
  if (Object.keys(key.restrictions).length > 0) return leftOut('a row says no restrictions');
  const live = key.secrets.filter(({ state }) => state !== 'revoked' && state !== 'disabled');
  if (live.length > 1) return leftOut('a row says one secret, and two are in use');
  if (live.length === 0 && key.state !== 'revoked') {
    return leftOut('its secrets have ended, and a row would bring one back');
  }
  const secret = live[0] ?? key.secrets.at(-1);
  const said = secret === undefined ? undefined : secretFields(secret, key.origin);
  if (secret === undefined || said === undefined) {
    return leftOut('what its hash is found by is not known');
  }
  if (secret.expiresAt !== null) return leftOut('a row does not say when a secret ends');
  const { id, keyspace, name, owner, environment, scopes, tags, state } = key;
  const { createdAt, expiresAt, notBefore, stateReason } = key;
  const row = {
    ...{ id, keyspace, name, owner, environment, scopes, tags, state, stateReason },
    ...{ createdAt, expiresAt, notBefore },
    metadata: JSON.parse(JSON.stringify(key.metadata)),
    start: secret.hint,
    ...said,
  };
  return { kind: 'row', row };
}

function leftOut(reason: string): RowOrReason {
  return { kind: 'left_out', reason };
}

/** As an import reads it; undefined: it has a salt, and nothing says which keys to try it with. */
function secretFields(
  { scheme, digest }: ExportedSecret,
  origin: KeyOrigin | null,
): Pick<ImportRow, 'sha256' | 'hash' | 'prefix'> | undefined {
  if (scheme === 'sha256') return { sha256: digest };
  if (!isSlowScheme(scheme)) {
    const bytes = Buffer.from(digest.slice(scheme.length + 1), 'base64url');
    return { hash: `${scheme}$$${bytes.toString('hex')}` };
  }
  const prefix = origin?.lookup ?? null;
  return prefix === null ? undefined : { prefix, hash: digest };
}

async function* keysIn(store: Store, keyspace: string | undefined): AsyncGenerator<ExportedKey> {
  const all = await store.listKeyspaces();
  const wanted = all.filter(({ id, name }) => [undefined, id, name].includes(keyspace));
  if (keyspace !== undefined && wanted.length === 0) {
    throw new NotFoundError('No keyspace has this name or id. Look in the list of keyspaces.');
  }
  const names = new Map(wanted.map(({ id, name }) => [id, name]));
  const filter = { within: wanted.map(({ id }) => id), limit: PAGE, nowMs: 0 };
  for (let after: KeyRecord['id'] | null = null; ; ) {
    const page: readonly KeyRecord[] = await store.listKeys({ ...filter, after });
    const ids = page.map(({ id }) => id);
    const [uses, origins] = await Promise.all([store.lastUses(ids), store.originsOf(ids)]);
    for (const key of page) {
      const keyspace = names.get(key.keyspaceId) ?? key.keyspaceId;
      const origin = origins.get(key.id) ?? null;
      yield exported(key, { keyspace, origin, uses: uses.get(key.id) });
    }
    const last = page.at(-1);
    if (last === undefined) return;
    after = last.id;
  }
}

interface Beside {
  readonly keyspace: string;
  readonly origin: KeyOrigin | null;
  readonly uses: ReadonlyMap<number, number> | undefined;
}

function exported(key: KeyRecord, { keyspace, origin, uses }: Beside): ExportedKey {
  const { id, name, owner, environment, scopes, tags, state, restrictions, policy, version } = key;
  return {
    ...{ id, keyspace, name, owner, environment, scopes, tags, state, restrictions, version },
    ...{ policy, origin },
    metadata: metadataOf(key),
    stateReason: key.stateReason,
    stateChangedAt: formatTime(key.stateChangedAt),
    stateChangedBy: key.stateChangedBy,
    expiresAt: timeOf(key.expiresAt),
    notBefore: timeOf(key.notBefore),
    createdAt: formatTime(key.createdAt),
    updatedAt: formatTime(key.updatedAt),
    maker: key.makerId,
    secrets: key.secrets.map((secret) => exportedSecret(secret, uses?.get(secret.number) ?? null)),
  };
}

function exportedSecret(secret: SecretRecord, lastUsedAt: number | null): ExportedSecret {
  const { number, scheme, digest, hint, state, brownout } = secret;
  return {
    ...{ number, scheme, digest, hint, state },
    createdAt: formatTime(secret.createdAt),
    expiresAt: timeOf(secret.expiresAt),
    deadline: timeOf(secret.deadline),
    brownout:
      brownout === null
        ? null
        : {
            from: formatTime(brownout.from),
            until: formatTime(brownout.until),
            share: brownout.share,
          },
    lastUsedAt: timeOf(lastUsedAt),
  };
}

function metadataOf({ id, metadata }: KeyRecord): unknown {
  try {
    return JSON.parse(metadata);
  } catch (cause) {
    const found = `The metadata of ${id} is damaged. Restore the database from a backup.`;
    throw new StoreCorruptError(found, { cause });
  }
}

function timeOf(timeMs: number | null): string | null {
  return timeMs === null ? null : formatTime(timeMs);
}
