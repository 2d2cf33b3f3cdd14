import { NotFoundError } from './errors.js';
import { formatTime } from './keys/duration.js';
import type { KeyRecord } from './keys/key.js';
import { MANAGEMENT_KEYSPACE } from './keys/keyspace.js';
import type { SecretRecord } from './keys/secret.js';
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
  readonly lastUsedAt: string | null;
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

/** Whether it is a key to Keyturn itself, which no other installation takes. */
export function isManagementKey({ keyspace }: ExportedKey): boolean {
  return keyspace === MANAGEMENT_KEYSPACE.name;
}

/**
 * The row by which `key import --from jsonl` makes the same key. Undefined: a row cannot say all
 * that narrows or makes this one, and to leave it out would make a wider key.
 */
export function importRowOf(key: ExportedKey): ImportRow | undefined {
  if (isManagementKey(key)) return undefined;
  const live = key.secrets.filter(({ state }) => state !== 'revoked' && state !== 'disabled');
  const secret = live[0] ?? key.secrets.at(-1);
  const isNarrowed = Object.keys(key.restrictions).length > 0;
  if (isNarrowed || live.length > 1 || secret?.scheme !== 'sha256') return undefined;
  // A revoked secret of a key that is not would come back.
  if (live.length === 0 && key.state !== 'revoked') return undefined;
  if (secret.expiresAt !== null) return undefined;
  const { id, keyspace, name, owner, environment, scopes, tags, state } = key;
  const { createdAt, expiresAt, notBefore } = key;
  return {
    ...{ id, keyspace, name, owner, environment, scopes, tags, state },
    ...{ createdAt, expiresAt, notBefore },
    metadata: JSON.parse(JSON.stringify(key.metadata)),
    start: secret.hint,
    sha256: secret.digest,
  };
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
    const uses = await store.lastUses(page.map(({ id }) => id));
    for (const key of page) {
      yield exported(key, names.get(key.keyspaceId) ?? key.keyspaceId, uses.get(key.id));
    }
    const last = page.at(-1);
    if (last === undefined) return;
    after = last.id;
  }
}

function exported(
  key: KeyRecord,
  keyspace: string,
  uses: ReadonlyMap<number, number> | undefined,
): ExportedKey {
  const { id, name, owner, environment, scopes, tags, state, restrictions, version } = key;
  return {
    ...{ id, keyspace, name, owner, environment, scopes, tags, state, restrictions, version },
    metadata: JSON.parse(key.metadata),
    stateReason: key.stateReason,
    stateChangedAt: formatTime(key.stateChangedAt),
    stateChangedBy: key.stateChangedBy,
    expiresAt: timeOf(key.expiresAt),
    notBefore: timeOf(key.notBefore),
    createdAt: formatTime(key.createdAt),
    updatedAt: formatTime(key.updatedAt),
    maker: key.makerId,
    secrets: key.secrets.map((secret) => ({
      number: secret.number,
      scheme: secret.scheme,
      digest: secret.digest,
      hint: secret.hint,
      state: secret.state,
      createdAt: formatTime(secret.createdAt),
      expiresAt: timeOf(secret.expiresAt),
      lastUsedAt: timeOf(uses?.get(secret.number) ?? null),
    })),
  };
}

function timeOf(timeMs: number | null): string | null {
  return timeMs === null ? null : formatTime(timeMs);
}
