import { linkEvent } from '../../src/audit/chain.js';
import type { EventDraft } from '../../src/audit/event.js';
import { newEventId } from '../../src/keys/id.js';
import { systemPorts } from '../../src/ports.js';
import type { StoredEvent } from '../../src/store/store.js';
import type { ChainReport } from '../../src/views.js';
import type { Fleet } from '../setup/fleet.js';

const { clock, random } = systemPorts();

/** The end of a chain, as it is kept outside the database. */
export type Head = ChainReport['head'];

/** A keyspace's audit trail, and somebody who can write the database. */
export class Trail {
  readonly keyspace: string;
  readonly keyspaceId: string;
  readonly #fleet: Fleet;

  /** Seven events of a new keyspace: its key's and its owner's, who has a name. */
  static async write(fleet: Fleet, keyspace: string): Promise<Trail> {
    const { keyspaces, keys, owners } = fleet.at(0).keyturn;
    const { id } = await keyspaces.create({ name: keyspace, prefix: keyspace });
    const { key } = await keys.create({ name: 'Acme CI', keyspace, owner: 'acme' });
    await keys.update(key.id, { scopes: ['reports:read'] });
    await owners.create({ id: 'acme', keyspace, name: 'Ada', emails: ['ada@acme.example'] });
    await keys.disable(key.id, { reason: 'asked' });
    await keys.enable(key.id);
    await keys.revoke(key.id, { reason: 'leaked' });
    return new Trail(fleet, { keyspace, keyspaceId: id });
  }

  private constructor(fleet: Fleet, of: Pick<Trail, 'keyspace' | 'keyspaceId'>) {
    this.keyspace = of.keyspace;
    this.keyspaceId = of.keyspaceId;
    this.#fleet = fleet;
  }

  /** What verification says, against heads that were kept. */
  async verified(...heads: readonly Head[]): Promise<ChainReport> {
    const { keyspace } = this;
    const known = heads.map(({ number, hash }) => ({ keyspace, head: { number, hash } }));
    const [report] = await this.#fleet.at(0).keyturn.events.verify({ keyspace, known });
    if (report === undefined) throw new Error('There is no report.');
    return report;
  }

  execute(statement: string): ReturnType<Fleet['data']['execute']> {
    return this.#fleet.data.execute(statement);
  }

  /** Changes the row of one event. */
  async edit(number: number, assignment: string): Promise<void> {
    await this.execute(`update events set ${assignment} where ${this.isEvent(number)}`);
  }

  async setHead({ number, hash }: Head): Promise<void> {
    await this.execute(
      `update chain_heads set number = ${number}, hash = '${hash}' where ${this.isOurs}`,
    );
  }

  get isOurs(): string {
    return `keyspace_id = '${this.keyspaceId}'`;
  }

  isEvent(number: number): string {
    return `${this.isOurs} and number = ${number}`;
  }

  /** Links the chain anew from an event on that now says something else; the head, too. */
  async rewrite(from: number, other: Partial<EventDraft>): Promise<Head> {
    const events = await this.events();
    let head: Head | undefined = events.find(({ number }) => number === from - 1);
    if (head === undefined) throw new Error('Rewrite from the second event on.');
    for (const event of events.filter(({ number }) => number >= from)) {
      const draft = { ...event, ...(event.number === from && other) };
      const linked = linkEvent(draft, head);
      await this.edit(
        linked.number,
        `reason = ${quoted(linked.reason)}, actor_id = ${quoted(linked.actor.id)}, ` +
          `previous_hash = '${linked.previousHash}', hash = '${linked.hash}'`,
      );
      head = linked;
    }
    await this.setHead(head);
    return { number: head.number, hash: head.hash };
  }

  /** One more event behind the last, linked as ours are; the head is left as it was. */
  async forge(): Promise<Head> {
    const last = (await this.events()).at(-1);
    if (last === undefined) throw new Error('There is no event.');
    const id = newEventId({ nowMs: clock.nowMs(), random });
    const { number, previousHash, hash } = linkEvent({ ...last, id }, last);
    await this.execute('update change_sequence set value = value + 1');
    await this.execute(
      'insert into events select ' +
        `'${id}', (select value from change_sequence), keyspace_id, ${number}, type, ` +
        'occurred_at, actor_kind, actor_id, subject_kind, subject_id, changes, reason, ' +
        `request_id, '${previousHash}', '${hash}' from events where ${this.isEvent(last.number)}`,
    );
    return { number, hash };
  }

  /** From the first to the last. */
  async events(): Promise<readonly StoredEvent[]> {
    const { store } = this.#fleet.at(0);
    const all = await store.listEvents({ within: 'all', limit: 1_000, order: 'oldest' });
    return all.filter((event) => event.keyspaceId === this.keyspaceId);
  }
}

function quoted(text: string | null): string {
  return text === null ? 'null' : `'${text.replaceAll("'", "''")}'`;
}
