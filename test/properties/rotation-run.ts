import { expect } from 'vitest';
import type { Rotation } from '../../src/rotation-views.js';
import type { Key } from '../../src/views.js';
import type { Fleet } from '../setup/fleet.js';
import { HeldRotations } from '../setup/rotations.js';
import { type Act, CLIENTS } from './rotation-acts.js';
import { Links } from './rotation-links.js';
import { refusable } from './rotation-refusals.js';

const DAY_MS = 86_400_000;
const BASELINE_MS = 35 * DAY_MS;
/** One key, its clients, and what may never happen to them. */
export class Run {
  readonly #fleet: Fleet;
  readonly #time: HeldRotations;
  readonly #plaintexts = new Map<number, string>();
  /** The number of the secret that each client uses. */
  readonly #chosen: number[] = Array.from({ length: CLIENTS }, () => 1);
  /** When a client was last accepted with a secret: `client number`. */
  readonly #uses = new Map<string, number>();
  readonly #gone = new Set<number>();
  readonly #links: Links;
  /** Its last secret was ended on purpose, and no other was handed over since. */
  #mayBeBare = false;
  readonly #kept: Partial<Key>;
  readonly #id: string;
  #rotationId: string | undefined;
  /** Clients that the rotation has to wait for. */
  #waited: readonly number[] = [];
  #updates = 0;

  static async begin(fleet: Fleet, policy: string): Promise<Run> {
    const expiresAt = new Date(fleet.clock.nowMs() + 5_000 * DAY_MS).toISOString();
    const input = { owner: 'acme', scopes: ['reports:read'], tags: ['ci'], expiresAt };
    const metadata = { team: 'a' };
    const made = await fleet.at(0).issue({ ...input, metadata, ...policyOf(policy) });
    return new Run(fleet, made);
  }

  private constructor(fleet: Fleet, made: { readonly key: Key; readonly plaintext: string }) {
    this.#fleet = fleet;
    this.#time = new HeldRotations(fleet);
    this.#links = new Links(fleet);
    this.#id = made.key.id;
    this.#plaintexts.set(1, made.plaintext);
    this.#kept = keptOf(made.key);
  }

  async take(group: readonly Act[]): Promise<void> {
    await Promise.all(group.map((one) => this.#do(one, group.length === 1)));
    await this.#time.quiet();
    await this.#expectAllHolds();
  }

  async #do(one: Act, isAlone: boolean): Promise<void> {
    const { keys, rotations } = this.#fleet.at(0).keyturn;
    const rotation = this.#rotationId ?? '';
    switch (one.kind) {
      case 'use':
        return this.#use(one.client);
      case 'switch':
        return this.#switch(one.client);
      case 'pass':
        return this.#time.pass(one.ms);
      case 'rotate':
        return this.#rotate({ overlap: one.overlap, keep: one.keep, deliver: one.deliver });
      case 'open':
        return this.#open(one.isLast);
      case 'emergency':
        return this.#rotate({ compromised: true, reason: 'leaked' });
      case 'slow_emergency':
        return this.#rotate({ compromised: true, reason: 'leaked', overlap: '1h' });
      case 'claimed_emergency':
        return this.#rotate({ compromised: true, reason: 'leaked', deliver: 'claim' });
      case 'revoke_secret':
        return this.#revokeSecret(one.isOld);
      case 'extend':
        return refusable(rotations.extend(rotation, { until: '30d' }));
      case 'waive':
        return this.#waive(rotation);
      case 'finish':
        return refusable(rotations.finish(rotation));
      case 'rollback':
        return this.#rollback(rotation);
      case 'abort':
        return refusable(rotations.abort(rotation, { reason: 'not now' }));
      case 'retry':
        return this.#renew(rotation, isAlone);
      case 'undo':
        return refusable(rotations.undo(rotation));
      case 'disable':
      case 'enable':
        return refusable(keys[one.kind](this.#id));
      case 'update':
        this.#updates += 1;
        return refusable(keys.update(this.#id, { name: `name ${this.#updates}` }));
    }
  }

  async #use(who: number): Promise<void> {
    const number = this.#chosen[who] ?? 1;
    const plaintext = this.#plaintexts.get(number) ?? '';
    const facts = { address: `203.0.${who}.7`, userAgent: `client-${who}/1` };
    const verdict = await this.#fleet.at(0).verify({ plaintext }, facts);
    if (verdict.valid) this.#uses.set(`${who} ${number}`, this.#fleet.clock.nowMs());
  }

  /** It takes the secret that the key has now. */
  async #switch(who: number): Promise<void> {
    const { secrets } = await this.#fleet.at(0).keyturn.keys.get(this.#id);
    const number = secrets.find(({ state }) => state === 'current')?.number;
    if (number !== undefined && this.#plaintexts.has(number)) this.#chosen[who] = number;
    await this.#use(who);
  }

  async #rotate(input: object): Promise<void> {
    const key = await this.#fleet.at(0).keyturn.keys.get(this.#id);
    const old = key.secrets.find(({ state }) => state === 'current')?.number ?? 0;
    const waited = this.#usersOf(old, this.#fleet.clock.nowMs() - BASELINE_MS);
    await refusable(
      this.#fleet
        .at(0)
        .keyturn.keys.rotate(this.#id, input)
        .then((answer) => {
          if ('plan' in answer) return;
          this.#rotationId = answer.rotation.id;
          this.#waited = waited;
          if ('claim' in answer) this.#links.handOut(answer.claim);
          if ('plaintext' in answer) this.#take(answer.rotation.newSecret ?? 0, answer.plaintext);
        }),
    );
  }

  #take(number: number, plaintext: string): void {
    this.#plaintexts.set(number, plaintext);
    this.#mayBeBare = false;
  }

  async #open(isLast: boolean): Promise<void> {
    if (this.#links.isNone) await this.#rotate({ deliver: 'claim' });
    await refusable(
      this.#links.open(isLast).then((opened) => {
        if (opened !== undefined) this.#take(opened.number, opened.plaintext);
      }),
    );
  }

  /** A link that is renewed takes no secret away from who has used it. */
  async #renew(id: string, isAlone: boolean): Promise<void> {
    const { keys, rotations } = this.#fleet.at(0).keyturn;
    const users = new Map([...this.#plaintexts.keys()].map((one) => [one, this.#usersOf(one, 0)]));
    const before = await keys.get(this.#id);
    await refusable(
      rotations.retry(id).then(async ({ claim }) => {
        if (claim === undefined) return;
        this.#links.handOut(claim);
        if (!isAlone) return;
        for (const { number, state } of (await keys.get(this.#id)).secrets) {
          const was = before.secrets.find((one) => one.number === number)?.state;
          if (state === 'revoked' && was === 'current')
            expect(users.get(number) ?? [], 'clients whose secret a new link ended').toEqual([]);
        }
      }),
    );
  }

  async #rollback(id: string): Promise<void> {
    await refusable(
      this.#fleet
        .at(0)
        .keyturn.rotations.rollback(id)
        .then(({ rotation }) => {
          // Both are accepted still, and the new one retires: who uses it is waited for.
          if (rotation.closedAt === null)
            this.#waited = this.#usersOf(
              rotation.oldSecret,
              this.#fleet.clock.nowMs() - BASELINE_MS,
            );
        }),
    );
  }

  async #waive(id: string): Promise<void> {
    const waiver = { consumer: '203.0.1.', reason: 'is gone' };
    await refusable(
      this.#fleet
        .at(0)
        .keyturn.rotations.waive(id, waiver)
        .then(() => {
          this.#waited = this.#waited.filter((who) => who !== 1);
        }),
    );
  }

  async #revokeSecret(isOld: boolean): Promise<void> {
    const { keys } = this.#fleet.at(0).keyturn;
    const { secrets } = await keys.get(this.#id);
    const state = isOld ? 'retiring' : 'current';
    const secret = secrets.find((one) => one.state === state)?.number;
    if (secret === undefined) return;
    await refusable(
      keys.revoke(this.#id, { secret }).then(() => {
        this.#mayBeBare = true;
      }),
    );
  }

  #usersOf(number: number, sinceMs: number): readonly number[] {
    return this.#chosen
      .map((_, who) => who)
      .filter((who) => (this.#uses.get(`${who} ${number}`) ?? -1) >= sinceMs);
  }

  async #expectAllHolds(): Promise<void> {
    const { keyturn } = this.#fleet.at(0);
    const key = await keyturn.keys.get(this.#id);
    this.#expectKept(key);
    const live = key.secrets.filter(({ state }) => state === 'current' || state === 'retiring');
    expect(live.length, 'secrets accepted at once').toBeLessThanOrEqual(2);
    if (live.length === 0) await this.#expectBareOnPurpose();
    for (const { number, state } of key.secrets) {
      expect(state !== 'revoked' && this.#gone.has(number), 'one that came back').toBe(false);
      if (state === 'revoked') this.#gone.add(number);
    }
    await this.#expectAcceptedAre(key);
    if (this.#rotationId === undefined) return;
    this.#expectFair(await keyturn.rotations.get(this.#rotationId));
  }

  /** By hand, by an emergency that nobody has claimed yet, or as a claim that nobody opened ends. */
  async #expectBareOnPurpose(): Promise<void> {
    const { items } = await this.#fleet.at(0).keyturn.rotations.list({ key: this.#id });
    // Of those that began in one millisecond any may be the last.
    const last = items.filter(({ createdAt }) => createdAt === items[0]?.createdAt);
    this.#mayBeBare ||= last.some(
      ({ end, compromised, deliver }) =>
        end === 'unclaimed' || (compromised && deliver === 'claim'),
    );
    expect(this.#mayBeBare, 'a key without a secret').toBe(true);
  }

  /** Nothing but secrets, name and state has changed. */
  #expectKept(key: Key): void {
    const kept = keptOf(key);
    expect(kept).toEqual({ ...this.#kept, name: kept.name });
    for (const { number, expiresAt } of key.secrets) {
      expect(expiresAt, `the expiry of secret ${number}`).toBe(key.secrets[0]?.expiresAt ?? null);
    }
  }

  /** What the key says of its secrets is what the checks say. */
  async #expectAcceptedAre(key: Key): Promise<void> {
    for (const [number, plaintext] of this.#plaintexts) {
      const verdict = await this.#fleet.at(0).keyturn.verify({ plaintext, ...NOBODY });
      const code = verdict.valid ? 'valid' : verdict.code;
      const state = key.secrets.find((secret) => secret.number === number)?.state;
      const isLive = state === 'current' || state === 'retiring';
      const isAccepted = code === 'insufficient_scope' || code === 'browned_out';
      expect(isAccepted, `${code} for ${state}`).toBe(key.state === 'active' && isLive);
    }
  }

  /** The evidence ends no secret that somebody works with, and a deadline only an announced one. */
  #expectFair(rotation: Rotation): void {
    const { end, atDeadline, oldSecret, brownouts, consumers } = rotation;
    if (end === 'deadline') expect(atDeadline).toBe('revoke');
    const sinceMs = Date.parse(rotation.createdAt) - BASELINE_MS;
    if (end === 'unclaimed')
      expect(this.#usersOf(oldSecret, sinceMs), 'clients of what nobody claimed').toEqual([]);
    const isTried = brownouts.length > 0 && rotation.step === 'observe';
    if (isTried && rotation.closedAt === null)
      expect(consumers.some(({ lastUsedNewAt }) => lastUsedNewAt !== null)).toBe(true);
    if (end !== 'evidence') return;
    const left = this.#waited.filter((who) => this.#chosen[who] === oldSecret);
    expect(left, 'clients that were cut off').toEqual([]);
  }
}

/** A look that is no use: the key has no such scope, which is asked for last. */
const NOBODY = { scopes: ['nobody:has'] };

function policyOf(policy: string): { readonly policy?: string } {
  return policy === 'default' ? {} : { policy };
}

function keptOf(key: Key): Partial<Key> {
  const { secrets, version, updatedAt, lastUsedAt, ...rest } = key;
  const { state, stateReason, stateChangedAt, stateChangedBy, ...kept } = rest;
  return kept;
}
