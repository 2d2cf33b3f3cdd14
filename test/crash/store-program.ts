// A process of its own with a store: what it does stands in its arguments, what came of it on
// standard output, as JSON, a line each.
import { createInterface } from 'node:readline';
import { KeyturnError } from '../../src/errors.js';
import { type KeyspaceId, newEventId, newKeyspaceId } from '../../src/keys/id.js';
import { DEFAULT_CREDENTIALS, type KeyspaceRecord, NO_BRANDING } from '../../src/keys/keyspace.js';
import { makeKeyturn } from '../../src/keyturn.js';
import { type LogFields, type Ports, systemPorts } from '../../src/ports.js';
import type { Change } from '../../src/store/change.js';
import type { StoreOptions } from '../../src/store/open.js';
import { migratePostgres, openPostgres } from '../../src/store/postgres/open.js';
import { openSqlite } from '../../src/store/sqlite/open.js';
import type { Store } from '../../src/store/store.js';
import { batchOf, lifeOf } from './life.js';

const NOBODY = 65_534;
const ports: Ports = systemPorts();
const [act = '', url = '', folder = ''] = process.argv.slice(2);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

const acts: Readonly<Record<string, () => Promise<void>>> = {
  /** Opens as the server of the database, and stays. */
  async serve() {
    await open('server');
    tell('open');
    await lines.next();
  },

  /** Embeds a Keyturn with a logger, checks keys, and tells what was logged. */
  async embed() {
    const lines: unknown[] = [];
    const write = ({ code }: LogFields, message: string) => void lines.push({ code, message });
    const log = { info: write, warn: write, error: write };
    const keyturn = await makeKeyturn({ database: url, log });
    const checks = [
      await keyturn.verify({ plaintext: 'a' }),
      await keyturn.verify({ headers: [] }),
    ];
    await keyturn.close();
    tell({ codes: checks.map((check) => (check.valid ? 'valid' : check.code)), lines });
  },

  /** Opens when told to, and tries to be the first to make the keyspace `default`. */
  async initialise() {
    tell('ready');
    await lines.next();
    const store = await open('tool');
    tell(await store.commit(keyspaceChange('default')));
    await store.close();
  },

  /** Migrates when told to. */
  async migrate() {
    tell('ready');
    await lines.next();
    tell((await migratePostgres(options('tool'))).map(({ version }) => version));
  },

  /** Writes without end whatever can be written, and tells of each once it was answered. */
  async write() {
    const store = await open('tool');
    tell('open');
    for (let count = 0; ; count += 1) await writeLife(store, `made-${process.pid}-${count}`);
  },

  /** Loads all it needs, gives up its rights, and then tries to open and to write. */
  async unprivileged() {
    const first = await openSqlite({ ...options('tool'), url: `sqlite:${folder}/loaded.db` });
    await first.close();
    if (process.getuid?.() === 0) {
      process.setgroups?.([]);
      process.setgid?.(NOBODY);
      process.setuid?.(NOBODY);
    }
    const store = await open('tool');
    tell(await store.commit(keyspaceChange('made')));
    await store.close();
  },

  /** Writes until the disk is full. */
  async fill() {
    const store = await open('tool');
    const reason = 'x'.repeat(100_000);
    let made = 0;
    try {
      for (; made < 1_000; made += 1) await store.commit(keyspaceChange(`made-${made}`, reason));
    } catch (fault) {
      tell({ made, counts: await store.counts(), ...faultOf(fault) });
    }
    await store.close();
  },
};

try {
  await acts[act]?.();
  process.exitCode = 0;
} catch (fault) {
  tell(faultOf(fault));
}
process.stdin.destroy();

/** A keyspace, the life of a key in it, and the key's usage. */
async function writeLife(store: Store, name: string): Promise<void> {
  const keyspace = keyspaceChange(name);
  const keyspaceId = keyspace.events[0]?.keyspaceId ?? newKeyspaceId(source());
  const { keyId, changes } = lifeOf(keyspaceId, source());
  for (const change of [keyspace, ...changes]) {
    const result = await store.commit(change);
    tell({ id: change.events[0]?.id, result });
  }
  await store.recordUsage(batchOf(keyspaceId, keyId, source()));
  tell({ used: keyId });
}

function source() {
  return { nowMs: ports.clock.nowMs(), random: ports.random };
}

function options(role: StoreOptions['role']): StoreOptions {
  return { url, role, ports };
}

function open(role: StoreOptions['role']): Promise<Store> {
  return url.startsWith('sqlite:') ? openSqlite(options(role)) : openPostgres(options(role));
}

function keyspaceChange(name: string, reason: string | null = null): Change {
  const from = source();
  const id = newKeyspaceId(from);
  return {
    writes: [{ kind: 'insert_keyspace', keyspace: aKeyspace(id, name) }],
    events: [
      {
        id: newEventId(from),
        keyspaceId: id,
        type: 'keyspace.created',
        at: from.nowMs,
        actor: { kind: 'command_line', id: 'root' },
        subject: { kind: 'keyspace', id },
        changes: [],
        reason,
        requestId: null,
      },
    ],
    personal: [],
    caller: null,
    idempotency: null,
  };
}

function aKeyspace(id: KeyspaceId, name: string): KeyspaceRecord {
  const at = ports.clock.nowMs();
  return {
    id,
    name,
    prefix: name,
    isManagement: false,
    credentials: DEFAULT_CREDENTIALS,
    scopes: null,
    stalenessMs: 5_000,
    storeLossMs: 0,
    refusal: 'problem',
    foreignShapes: [],
    branding: NO_BRANDING,
    createdAt: at,
    updatedAt: at,
    version: 1,
  };
}

function faultOf(fault: unknown): object {
  if (fault instanceof KeyturnError) return { code: fault.code, message: fault.message };
  return { code: 'unknown', message: String(fault) };
}

function tell(what: unknown): void {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}
