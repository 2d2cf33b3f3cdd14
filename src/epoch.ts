import { EpochFile } from './epoch-file.js';
import type { Epoch } from './epoch-lines.js';
import { formatTime } from './keys/duration.js';
import { MANAGEMENT_KEYSPACE } from './keys/keyspace.js';
import { type Act, keyspaceOf, type Lifecycle } from './lifecycle/context.js';
import { rightsOf } from './lifecycle/rights.js';
import { lastEventOf, quarantine } from './lifecycle/standing.js';
import type { Change } from './store/change.js';
import type { StoredEvent } from './store/store.js';

/** Where the memory of a database is, and who keeps it. */
export interface EpochOptions {
  readonly database: string;
  readonly epochFile?: string | undefined;
  readonly role: 'server' | 'tool';
}

/**
 * The file that remembers a database's last change: the one that was named, or the one beside a
 * SQLite file. Undefined: nothing is remembered.
 * @throws {ConfigInvalidError} it cannot be written: a change would be made that nobody remembers.
 */
export async function epochFileOf(options: EpochOptions): Promise<EpochFile | undefined> {
  const file = await epochFileAt(options);
  await file?.requireWritable();
  return file;
}

/** The same for who only looks. */
export async function epochFileAt(options: EpochOptions): Promise<EpochFile | undefined> {
  const { database, epochFile, role } = options;
  const how = { mayShorten: role === 'server' };
  if (epochFile !== undefined) return new EpochFile(epochFile, how);
  if (!database.startsWith('sqlite:')) return undefined;
  const { pathOf, realPathOf } = await import('./store/sqlite/files.js');
  return new EpochFile(`${realPathOf(pathOf(database))}-epoch`, how);
}

/** Remembers a database's last change outside of it, and sees when it was put back. */
export class EpochWatch {
  readonly #file: EpochFile;
  readonly #act: Act;
  readonly #database: string;
  #isLost = false;

  private constructor(file: EpochFile, act: Act, database: string) {
    this.#file = file;
    this.#act = act;
    this.#database = database;
  }

  /**
   * Begins to watch an open database. One that lacks the last change that was seen in it is
   * quarantined, unless somebody has accepted that since.
   */
  static async start(lifecycle: Lifecycle, file: EpochFile): Promise<EpochWatch> {
    const rights = rightsOf({ actor: { kind: 'application', id: 'keyturn' } });
    const act = { lifecycle, rights };
    const { id } = await keyspaceOf(act, MANAGEMENT_KEYSPACE.name);
    const watch = new EpochWatch(file, act, id);
    await watch.check();
    return watch;
  }

  /** Compares the database with what was seen in it. @throws {KeyturnError} it cannot be told. */
  async check(): Promise<void> {
    const { mode } = await this.#act.lifecycle.store.standing();
    if (mode !== 'open' && mode !== 'frozen') return;
    if (await this.#file.isDamaged(this.#database)) return this.#quarantineUnknown();
    const seen = await this.#file.read(this.#database);
    if (seen !== undefined && !(await this.#holds(seen))) {
      if (!(await this.#isAccepted(seen))) return this.#quarantine(seen);
      await this.reset();
      return;
    }
    const last = await lastEventOf(this.#act);
    if (last !== undefined && last.sequence > (seen?.sequence ?? 0)) await this.#reach(last);
  }

  /** Remembers a change that was just made, before its caller hears of it. */
  async committed({ events }: Change, sequence: number): Promise<void> {
    const last = events.at(-1);
    if (last !== undefined) await this.#reach({ ...last, sequence });
  }

  /** Remembers what others have changed, too. */
  async follow(sequence: number): Promise<void> {
    const known = this.#file.knownOf(this.#database);
    if (known === sequence) return;
    // Fewer than were remembered: the database may have been put back under our feet.
    if (known > sequence) return this.check();
    const last = await lastEventOf(this.#act);
    if (last !== undefined) await this.#reach(last);
  }

  /** The number of the last change that was ever seen in the database; 0: none. */
  async seen(): Promise<number> {
    return (await this.#file.read(this.#database))?.sequence ?? 0;
  }

  /** Whether nobody knows that, because the file is damaged or was. */
  hasHole(): Promise<boolean> {
    return this.#file.hasHole(this.#database);
  }

  /** From now on the database is as it should be: what it lacks was accepted as lost. */
  async reset(): Promise<void> {
    const last = await lastEventOf(this.#act);
    if (last !== undefined) await this.#file.reset(this.#epochOf(last));
  }

  /** While it is in quarantine, another process may end that and begin a new memory. */
  forget(): void {
    this.#file.forget();
  }

  async #holds({ sequence, event }: Epoch): Promise<boolean> {
    const found = await this.#act.lifecycle.store.listEvents({
      within: 'all',
      order: 'oldest',
      afterSequence: sequence - 1,
      limit: 1,
    });
    return found[0]?.id === event;
  }

  /** A release that came after the change has accepted its loss, wherever it was said. */
  async #isAccepted({ at }: Epoch): Promise<boolean> {
    const [released] = await this.#act.lifecycle.store.listEvents({
      within: 'all',
      type: 'database.released',
      order: 'newest',
      limit: 1,
    });
    return released !== undefined && released.at >= at && !(await this.#hasTakenIn(released));
  }

  /** Then what was seen came after that release, whatever a clock said that was set since. */
  async #hasTakenIn({ sequence }: StoredEvent): Promise<boolean> {
    const begun = await this.#file.lastReset(this.#database);
    return begun !== undefined && begun.sequence >= sequence && (await this.#holds(begun));
  }

  async #quarantine(seen: Epoch): Promise<void> {
    const last = await lastEventOf(this.#act);
    const has = last === undefined ? 'none' : `up to ${last.sequence} (${formatTime(last.at)})`;
    const detail =
      `It lacks changes: it has ${has}, and change ${seen.sequence} of ` +
      `${formatTime(seen.at)} was seen.`;
    this.forget();
    await quarantine(this.#act, detail);
  }

  /** Once the database says so itself, the memory begins anew: it would be told again and again. */
  async #quarantineUnknown(): Promise<void> {
    const detail =
      `${this.#file.path}, which remembers the last change, is damaged: nobody can tell whether ` +
      'the data is older than what was seen.';
    this.forget();
    await quarantine(this.#act, detail);
    const last = await lastEventOf(this.#act);
    if (last !== undefined) await this.#file.reset(this.#epochOf(last), 'unknown');
  }

  /** The change itself is made: that it could not be remembered is told, and tried again. */
  async #reach(last: Pick<StoredEvent, 'id' | 'sequence' | 'at'>): Promise<void> {
    const { log } = this.#act.lifecycle.ports;
    try {
      await this.#file.reach(this.#epochOf(last));
      this.#isLost = false;
    } catch {
      if (!this.#isLost) log.error({ room: 'store', code: 'epoch_lost' }, 'epoch not remembered');
      this.#isLost = true;
    }
  }

  #epochOf({ id, sequence, at }: Pick<StoredEvent, 'id' | 'sequence' | 'at'>): Epoch {
    return { database: this.#database, sequence, event: id, at };
  }
}
