import { expect } from 'vitest';
import type { Key } from '../../src/views.js';
import type { Fleet } from '../setup/fleet.js';
import { HeldRotations } from '../setup/rotations.js';
import { type Act, CLIENTS, policyOf } from './rotation-acts.js';
import { Clients } from './rotation-clients.js';
import { crash } from './rotation-crash.js';
import {
  BASELINE_MS,
  expectAcceptedAre,
  expectFair,
  expectFewBrownouts,
  expectKept,
  expectNobodyCutOff,
  isBareOnPurpose,
  keptOf,
} from './rotation-kept.js';
import { Links } from './rotation-links.js';
import { Places } from './rotation-places.js';
import { refusable } from './rotation-refusals.js';

const DAY_MS = 86_400_000;
const ALL_CLIENTS = Array.from({ length: CLIENTS }, (_, client) => client);

/** One key, its clients, and what may never happen to them. */
export class Run {
  readonly #fleet: Fleet;
  readonly #time: HeldRotations;
  readonly #plaintexts = new Map<number, string>();
  readonly #clients: Clients;
  readonly #gone = new Set<number>();
  readonly #links: Links;
  readonly #places: Places;
  /** Its last secret was ended on purpose, and no other was handed over since. */
  #mayBeBare = false;
  #isEndedByHand = false;
  readonly #kept: Partial<Key>;
  readonly #id: string;
  #rotationId: string | undefined;
  /** Clients that the rotation has to wait for. */
  #waited: readonly number[] = [];
  /** Who was there before it began. */
  #baseline: readonly number[] = [];
  #updates = 0;

  static async begin(
    fleet: Fleet,
    { policy, placeCount }: { readonly policy: string; readonly placeCount: number },
  ): Promise<Run> {
    const expiresAt = new Date(fleet.clock.nowMs() + 5_000 * DAY_MS).toISOString();
    const input = { owner: 'acme', scopes: ['reports:read'], tags: ['ci'], expiresAt };
    const metadata = { team: 'a' };
    const made = await fleet.at(0).issue({ ...input, metadata, ...policyOf(policy) });
    const run = new Run(fleet, made);
    await run.#places.add(placeCount, made.plaintext);
    return run;
  }

  private constructor(fleet: Fleet, made: { readonly key: Key; readonly plaintext: string }) {
    this.#fleet = fleet;
    this.#time = new HeldRotations(fleet);
    this.#clients = new Clients(fleet);
    this.#links = new Links(fleet);
    this.#id = made.key.id;
    this.#places = new Places(fleet, made.key.id);
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
        return this.#rotate({ overlap: one.overlap, keep: one.keep, ...this.#deliver(one) });
      case 'open':
        return this.#open(one.isLast);
      case 'disown':
        // It may cut off strangers, and nobody who was there before the rotation.
        return this.#cutsOffNone(this.#baseline, () => this.#links.disown(one.isLast), isAlone);
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
      case 'approve':
        return refusable(this.#fleet.at(0).keyturn.as(ANOTHER).rotations.approve(rotation));
      case 'skip':
        return refusable(rotations.skip(rotation));
      case 'fault':
      case 'drift':
      case 'put':
      case 'drop':
        return this.#places.do(one, await this.#current());
      case 'crash':
        return this.#crash(one.commits);
      case 'finish':
        return refusable(rotations.finish(rotation));
      case 'rollback':
        return this.#rollback(rotation, isAlone);
      case 'abort':
        return this.#cutsOffNobody(() => rotations.abort(rotation, { reason: 'no' }), isAlone);
      case 'retry':
        return this.#renew(rotation, isAlone);
      case 'undo':
        return refusable(rotations.undo(rotation, WHY));
      case 'disable':
      case 'enable':
        return refusable(keys[one.kind](this.#id));
      case 'update':
        this.#updates += 1;
        return refusable(keys.update(this.#id, { name: `name ${this.#updates}` }));
    }
  }

  /** To its places, where it has some. */
  #deliver({ deliver }: { readonly deliver: 'answer' | 'claim' }) {
    return this.#places.isNone ? { deliver } : { deliver: 'destinations' };
  }

  async #current(): Promise<string | undefined> {
    const { secrets } = await this.#fleet.at(0).keyturn.keys.get(this.#id);
    return this.#plaintexts.get(secrets.find(({ state }) => state === 'current')?.number ?? 0);
  }

  async #crash(commits: number): Promise<void> {
    const waited = await this.#waitedNow();
    await crash(this.#fleet, commits, () => this.#rotate({}, 'store_unavailable'));
    const query = { key: this.#id, open: true };
    const [open] = (await this.#fleet.at(0).keyturn.rotations.list(query)).items;
    if (open === undefined || open.id === this.#rotationId) return;
    // It was begun, and whoever asked was not told.
    this.#begun(open, waited);
  }

  #use(who: number): Promise<void> {
    return this.#clients.use(who, this.#plaintexts.get(this.#clients.chosenBy(who)) ?? '');
  }

  /** It takes the secret that the key has now. */
  async #switch(who: number): Promise<void> {
    const { secrets } = await this.#fleet.at(0).keyturn.keys.get(this.#id);
    const number = secrets.find(({ state }) => state === 'current')?.number;
    if (number !== undefined && this.#plaintexts.has(number)) this.#clients.choose(who, number);
    await this.#use(who);
  }

  async #waitedNow(): Promise<readonly number[]> {
    const key = await this.#fleet.at(0).keyturn.keys.get(this.#id);
    const old = key.secrets.find(({ state }) => state === 'current')?.number ?? 0;
    return this.#clients.of(old, this.#fleet.clock.nowMs() - BASELINE_MS);
  }

  async #rotate(input: object, besides?: 'store_unavailable'): Promise<void> {
    const waited = await this.#waitedNow();
    await refusable(
      this.#fleet
        .at(0)
        .keyturn.keys.rotate(this.#id, input)
        .then((answer) => {
          if ('plan' in answer) return;
          this.#begun(answer.rotation, waited);
          if ('claim' in answer) this.#links.handOut(answer.claim);
          if ('plaintext' in answer) this.#take(answer.rotation.newSecret ?? 0, answer.plaintext);
        }),
      besides,
    );
  }

  #begun({ id }: { readonly id: string }, baseline: readonly number[]): void {
    this.#rotationId = id;
    this.#waited = baseline;
    this.#baseline = baseline;
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
    const { rotations } = this.#fleet.at(0).keyturn;
    const renewed = async () => {
      const { claim, plaintext, rotation } = await rotations.retry(id);
      if (plaintext !== undefined) this.#take(rotation.newSecret ?? 0, plaintext);
      if (claim !== undefined) this.#links.handOut(claim);
    };
    await this.#cutsOffNobody(renewed, isAlone);
  }

  async #rollback(id: string, isAlone: boolean): Promise<void> {
    const { rotations } = this.#fleet.at(0).keyturn;
    const rolledBack = async () => {
      const { rotation } = await rotations.rollback(id, WHY);
      // Both are accepted still, and the new one retires: who uses it is waited for.
      if (rotation.closedAt !== null) return;
      const sinceMs = this.#fleet.clock.nowMs() - BASELINE_MS;
      this.#waited = this.#clients.of(rotation.oldSecret, sinceMs);
    };
    await this.#cutsOffNobody(rolledBack, isAlone);
  }

  /** A word that takes the current secret away takes none away that somebody has used. */
  #cutsOffNobody(word: () => Promise<unknown>, isAlone: boolean): Promise<void> {
    return this.#cutsOffNone(ALL_CLIENTS, word, isAlone);
  }

  async #cutsOffNone(
    of: readonly number[],
    word: () => Promise<unknown>,
    isAlone: boolean,
  ): Promise<void> {
    const { keys } = this.#fleet.at(0).keyturn;
    const users = this.#clients.byNumber(this.#plaintexts.keys(), of);
    const before = await keys.get(this.#id);
    await refusable(word());
    if (isAlone) expectNobodyCutOff({ before, now: await keys.get(this.#id), users });
  }

  async #waive(id: string): Promise<void> {
    const waiver = { consumer: '203.0.1.*', reason: 'is gone' };
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
        this.#isEndedByHand = true;
        this.#mayBeBare = true;
      }),
    );
  }

  async #expectAllHolds(): Promise<void> {
    const { keyturn } = this.#fleet.at(0);
    const key = await keyturn.keys.get(this.#id);
    expectKept(key, this.#kept);
    for (const [number, value] of this.#places.values(key)) this.#plaintexts.set(number, value);
    const live = key.secrets.filter(({ state }) => state === 'current' || state === 'retiring');
    expect(live.length, 'secrets accepted at once').toBeLessThanOrEqual(2);
    if (live.length === 0) this.#mayBeBare ||= await isBareOnPurpose(this.#fleet, key);
    if (live.length === 0) expect(this.#mayBeBare, 'a key without a secret').toBe(true);
    for (const { number, state } of key.secrets) {
      expect(state !== 'revoked' && this.#gone.has(number), 'one that came back').toBe(false);
      if (state === 'revoked') this.#gone.add(number);
    }
    await expectAcceptedAre(this.#fleet, key, this.#plaintexts);
    await expectFewBrownouts(this.#fleet, key, this.#plaintexts);
    if (this.#rotationId === undefined) return;
    const rotation = await keyturn.rotations.get(this.#rotationId);
    expectFair(rotation, this.#clients, this.#waited);
    if (!this.#isEndedByHand) this.#places.expectFair(rotation, key);
  }
}

/** What was reported as leaked is brought back with a reason, or not at all. */
const WHY = { reason: 'it is needed' };
/** Nobody approves what they asked for. */
const ANOTHER = { actor: { kind: 'admin', id: 'bo' } } as const;
