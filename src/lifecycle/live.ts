import type { Subject } from '../audit/event.js';
import { StoreUnavailableError } from '../errors.js';
import { coversAll } from '../keys/scopes.js';
import type { LiveNews, LiveQuery } from '../live-views.js';
import type { StoredEvent } from '../store/store.js';
import type { Within } from '../store/within.js';
import { type Act, keyspaceOf, visibleKeyspaces } from './context.js';
import { requireScope } from './rights.js';
import { rightsStill } from './rights-now.js';

const PAGE_SIZE = 100; // Events that are read ahead of who takes them.
const MAX_BEHIND = 1_000; // Events: who was away for longer reads anew what it shows.
const HOST_MS = 60_000; // Whom the host has signed in has no record here: its hook is asked again.
const IDLE_MS = 15_000; // Proxies close what says nothing for a minute.

/** What one has to be able to read to hear that something of its kind was changed. */
const SCOPES: Readonly<Partial<Record<Subject['kind'], string>>> = {
  key: 'keys:read',
  keyspace: 'keyspaces:read',
  owner: 'owners:read',
  rotation: 'rotations:read',
  policy: 'policies:read',
  destination: 'destinations:read',
  channel: 'channels:read',
  notice: 'channels:read',
  person: 'people:read',
};
const ANYTHING_ELSE = 'events:read';

/**
 * Follows what is changed, as far as the caller may see it: its rights are read again whenever anything
 * was changed, before the next event is told. It ends with them, with the store, and with the process.
 * It reads no further ahead than a page: who is slow costs no more.
 * @throws {StateConflictError} the caller follows too often already.
 */
export async function follow(act: Act, query: LiveQuery): Promise<AsyncIterable<LiveNews>> {
  requireScope(act.rights, 'keyspaces:read');
  const named = query.keyspace === undefined ? undefined : await keyspaceOf(act, query.keyspace);
  const { store, changes } = act.lifecycle;
  const { kind, id } = act.rights.actor;
  const { head } = await store.changesSince(Number.MAX_SAFE_INTEGER, 0);
  const { after = head } = query;
  const isLost = after > head || head - after > MAX_BEHIND;
  const giveBack = isOwn(act) ? () => undefined : changes.begin(`${kind} ${id}`);
  // Also where nobody takes anything of it before it is ended.
  query.signal?.addEventListener('abort', giveBack, { once: true });
  const place = { sequence: isLost ? head : after, isLost };
  return new Following(act, { query, named: named?.id, place, giveBack }).run();
}

/** The application itself, or who has its database. */
function isOwn({ rights: { actor } }: Act): boolean {
  return actor.kind === 'application' || actor.kind === 'command_line';
}

/** Whose rights are read nowhere again: who follows comes back, and its hook says who it is. */
function isOfHost({ rights: { key, session, isUnbound } }: Act): boolean {
  return key === null && session === null && !isUnbound;
}

interface Begun {
  readonly query: LiveQuery;
  readonly named: Extract<Within, readonly unknown[]>[number] | undefined;
  readonly place: { readonly sequence: number; readonly isLost: boolean };
  readonly giveBack: () => void;
}

class Following {
  readonly #begun: Begun;
  #act: Act;
  #sequence: number;
  readonly #endsAt: number;
  /** Of the changes, when the rights were read last. */
  #readAt = -1;
  #names: ReadonlyMap<string, string> = new Map();

  constructor(act: Act, begun: Begun) {
    this.#act = act;
    this.#begun = begun;
    this.#sequence = begun.place.sequence;
    this.#endsAt = isOfHost(act) ? act.lifecycle.nowMs() + HOST_MS : Number.POSITIVE_INFINITY;
  }

  async *run(): AsyncGenerator<LiveNews> {
    const { changes, ports } = this.#act.lifecycle;
    const { query, place, giveBack } = this.#begun;
    const woken = new Wakeful();
    const abort = () => woken.wake('change');
    const stops = [
      changes.onChange(() => woken.wake('change')),
      ports.timers.every(IDLE_MS, () => woken.wake('idle')),
      () => query.signal?.removeEventListener('abort', abort),
    ];
    query.signal?.addEventListener('abort', abort);
    try {
      if (place.isLost) yield { kind: 'reset', number: place.sequence };
      yield* this.#all(woken);
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error; // Who follows comes back.
    } finally {
      for (const stop of stops) stop();
      giveBack();
    }
  }

  async *#all(woken: Wakeful): AsyncGenerator<LiveNews> {
    while (await this.#goesOn()) {
      yield* this.#rest();
      const why = await woken.next();
      if (why === 'idle' && (await this.#goesOn())) yield { kind: 'idle' };
    }
  }

  async #goesOn(): Promise<boolean> {
    return !this.#isOver() && (await this.#isAllowed());
  }

  #isOver(): boolean {
    if (this.#act.lifecycle.nowMs() >= this.#endsAt) return true;
    return this.#act.lifecycle.changes.isClosed || this.#begun.query.signal?.aborted === true;
  }

  /** All there is by now, a page at a time. */
  async *#rest(): AsyncGenerator<LiveNews> {
    let events: readonly StoredEvent[];
    do {
      events = await this.#events();
      for (const event of events) {
        if (!(await this.#goesOn())) return;
        this.#sequence = event.sequence;
        if (this.#maySee(event)) yield this.#newsOf(event);
      }
    } while (events.length === PAGE_SIZE);
  }

  #events(): Promise<readonly StoredEvent[]> {
    const filter = { within: this.#within(), afterSequence: this.#sequence, limit: PAGE_SIZE };
    return this.#act.lifecycle.store.listEvents({ ...filter, order: 'oldest' });
  }

  /** Whether the caller is one still: read again once anything was changed. */
  async #isAllowed(): Promise<boolean> {
    const { count } = this.#act.lifecycle.changes;
    if (count === this.#readAt) return true;
    const rights = await rightsStill(this.#act);
    if (rights === undefined || !coversAll(rights.scopes, ['keyspaces:read'])) return false;
    this.#act = { ...this.#act, rights };
    const visible = await visibleKeyspaces(this.#act);
    this.#names = new Map(visible.map(({ id, name }) => [id, name]));
    this.#readAt = count;
    const { named } = this.#begun;
    return named === undefined || this.#names.has(named);
  }

  #within(): Within {
    const { named } = this.#begun;
    return named === undefined ? this.#act.rights.within : [named];
  }

  #maySee({ keyspaceId, subject }: StoredEvent): boolean {
    if (!this.#names.has(keyspaceId)) return false;
    return coversAll(this.#act.rights.scopes, [SCOPES[subject.kind] ?? ANYTHING_ELSE]);
  }

  #newsOf({ type, keyspaceId, subject, sequence }: StoredEvent): LiveNews {
    const { kind, id } = subject;
    const keyspace = this.#names.get(keyspaceId) ?? '';
    return { kind: 'change', type, keyspace, subject: { kind, id }, number: sequence };
  }
}

type Why = 'change' | 'idle';

/** Remembers that it was woken while nobody waited. */
class Wakeful {
  #why: Why | undefined;
  #resolve: ((why: Why) => void) | undefined;

  wake(why: Why): void {
    if (this.#resolve === undefined) {
      this.#why = this.#why === 'change' ? 'change' : why;
      return;
    }
    this.#resolve(why);
    this.#resolve = undefined;
  }

  next(): Promise<Why> {
    const why = this.#why;
    this.#why = undefined;
    if (why !== undefined) return Promise.resolve(why);
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }
}
