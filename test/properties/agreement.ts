import { expect } from 'vitest';
import { KeyturnError } from '../../src/errors.js';
import { digestOf } from '../../src/keys/digest.js';
import { formatTime } from '../../src/keys/duration.js';
import { mint } from '../../src/keys/format.js';
import { hintOf } from '../../src/keys/hint.js';
import { keyIdFrom } from '../../src/keys/id.js';
import { systemPorts } from '../../src/ports.js';
import type { CheckOptions } from '../../src/verdict.js';
import { aChange, updateOf } from '../contract/build.js';
import type { Fleet, Instance } from '../setup/fleet.js';
import {
  type Answer,
  change,
  fresh,
  type ModelChange,
  type ModelKey,
  type ModelSecret,
  type Outcome,
  verdictOf,
} from './model.js';
import type { ChangeStep, CreateStep, PassStep, Step } from './steps.js';

const REQUESTS: readonly CheckOptions[] = [
  {},
  { environment: 'test' },
  { scopes: ['reports:read'] },
  { scopes: ['reports:write', 'users:read'] },
];
const MAX_LIVE = 2;
const { random } = systemPorts();

/** What was asked and answered, to see that the caches took part. */
export interface Tally {
  checks: number;
  steps: number;
}

/** Runs a sequence on the fleet and on the model, and compares them after every step. */
export async function runSequence(
  fleet: Fleet,
  steps: readonly Step[],
  tally: Tally,
): Promise<void> {
  const run = new Run(fleet, tally);
  for (const step of steps) await run.take(step);
  await run.expectViews();
}

class Run {
  readonly #fleet: Fleet;
  readonly #tally: Tally;
  readonly #keys: ModelKey[] = [];

  constructor(fleet: Fleet, tally: Tally) {
    this.#fleet = fleet;
    this.#tally = tally;
  }

  async take(step: Step): Promise<void> {
    this.#tally.steps += 1;
    if (step.kind === 'pass') return this.#pass(step);
    const before = [...this.#keys];
    const actor = this.#actor(step.by);
    if (step.kind === 'create') await this.#create(actor, step);
    else if (!(await this.#change(actor, step))) return;
    // A secret is added behind the actor's back, so the actor hears of it as the others do.
    if (step.kind !== 'add_secret') await this.#expectAgreement(actor);
    await this.#expectOldOrNew(before);
    await this.#fleet.settle();
    await this.#expectAllAgree();
  }

  /** What the faces show of every key, at the end. */
  async expectViews(): Promise<void> {
    for (const key of this.#keys) {
      for (const { keyturn } of this.#fleet.instances) {
        if (key.state === 'deleted') {
          await expect(keyturn.keys.get(key.id)).rejects.toMatchObject({ code: 'not_found' });
          continue;
        }
        const { secrets, scopes, expiresAt, notBefore } = await keyturn.keys.get(key.id);
        expect({ scopes, expiresAt, notBefore }).toEqual({
          scopes: key.scopes.toSorted(),
          expiresAt: key.expiresAt === null ? null : formatTime(key.expiresAt),
          notBefore: key.notBefore === null ? null : formatTime(key.notBefore),
        });
        expect(secrets.map(({ state }) => state === 'revoked')).toEqual(
          key.secrets.map(({ isRevoked }) => isRevoked),
        );
      }
    }
  }

  async #pass({ ms, isHeard }: PassStep): Promise<void> {
    this.#fleet.clock.advanceMs(ms);
    if (isHeard) for (const instance of this.#fleet.instances) await instance.refresh();
    await this.#expectAllAgree();
  }

  async #create(actor: Instance, step: CreateStep): Promise<void> {
    const { environment, scopes, expiresInMs, startsInMs } = step;
    const expiresAt = this.#timeIn(expiresInMs);
    const notBefore = this.#timeIn(startsInMs);
    const times = { expiresAt: timeText(expiresAt), notBefore: timeText(notBefore) };
    const isUpsideDown = expiresAt !== null && notBefore !== null && notBefore >= expiresAt;
    if (isUpsideDown) {
      const answer = await answerOf(() => actor.issue({ environment, scopes, ...times }));
      expect(answer).toBe('unprocessable');
      return;
    }
    const { key, plaintext } = await actor.issue({ environment, scopes, ...times });
    const secrets = [fresh(plaintext)];
    const state = 'active';
    this.#keys.push({ id: key.id, environment, scopes, state, expiresAt, notBefore, secrets });
  }

  /** @returns false if the step has no meaning here. */
  async #change(actor: Instance, step: ChangeStep) {
    const index = step.key % Math.max(1, this.#keys.length);
    const key = this.#keys[index];
    const made = key === undefined ? undefined : this.#changeOf(step, key);
    if (key === undefined || made === undefined) return false;
    const expected = change(key, made, this.#fleet.clock.nowMs());
    expect(await answerOf(() => perform(actor, key.id, made))).toBe(expected.answer);
    this.#keys[index] = expected.key;
    return true;
  }

  #changeOf(step: ChangeStep, key: ModelKey): ModelChange | undefined {
    switch (step.kind) {
      case 'update':
        return { kind: 'update', scopes: step.scopes };
      case 'move_expiry':
      case 'move_start':
        return { kind: step.kind, to: this.#timeIn(step.inMs) };
      case 'revoke_secret':
        return { kind: 'revoke_secret', number: step.number };
      case 'add_secret': {
        const isEnded = key.state === 'revoked' || key.state === 'deleted';
        if (isEnded || key.secrets.length >= MAX_LIVE) return undefined;
        const plaintext = mint({ prefix: 'key', environment: key.environment }, random).reveal();
        return { kind: 'add_secret', plaintext };
      }
      case 'disable':
      case 'enable':
      case 'revoke':
      case 'delete':
        return { kind: step.kind };
    }
  }

  async #expectAllAgree(): Promise<void> {
    for (const instance of this.#fleet.instances) {
      await this.#expectAgreement(instance); // Cold where something changed.
      await this.#expectAgreement(instance); // Warm where the cache may be believed.
    }
  }

  async #expectAgreement(instance: Instance): Promise<void> {
    const nowMs = this.#fleet.clock.nowMs();
    for (const [key, secret] of this.#secrets()) {
      for (const request of REQUESTS) {
        const expected = verdictOf(key, secret, { request, nowMs });
        const outcome = await this.#outcomeOf(instance, secret.plaintext, request);
        if (outcome !== expected) expect(outcome).toBe(expected); // Cheaper than always.
      }
    }
  }

  /** Until it has heard of a change, an instance may answer as before, and in no other way. */
  async #expectOldOrNew(before: readonly ModelKey[]): Promise<void> {
    const at = { request: {}, nowMs: this.#fleet.clock.nowMs() };
    for (const [key, secret] of this.#secrets()) {
      const expected = [verdictOf(key, secret, at), verdictThen(before, secret, at)];
      for (const instance of this.#fleet.instances) {
        const outcome = await this.#outcomeOf(instance, secret.plaintext, at.request);
        if (!expected.includes(outcome)) expect(expected).toContain(outcome);
      }
    }
  }

  #secrets(): readonly (readonly [ModelKey, ModelSecret])[] {
    return this.#keys.flatMap((key) => key.secrets.map((secret) => [key, secret] as const));
  }

  async #outcomeOf(instance: Instance, plaintext: string, request: CheckOptions): Promise<Outcome> {
    this.#tally.checks += 1;
    const verdict = await instance.verify({ plaintext }, request);
    return verdict.valid ? 'valid' : verdict.code;
  }

  #actor(by: number): Instance {
    return this.#fleet.at(by % this.#fleet.instances.length);
  }

  #timeIn(durationMs: number | null): number | null {
    return durationMs === null ? null : this.#fleet.clock.nowMs() + durationMs;
  }
}

/** What the secret's check answered before the last change. */
function verdictThen(
  before: readonly ModelKey[],
  { plaintext }: ModelSecret,
  at: { readonly request: CheckOptions; readonly nowMs: number },
): Outcome {
  for (const key of before) {
    const secret = key.secrets.find((known) => known.plaintext === plaintext);
    if (secret !== undefined) return verdictOf(key, secret, at);
  }
  return 'unknown';
}

async function perform({ keyturn, store }: Instance, id: string, made: ModelChange) {
  const { keys } = keyturn;
  switch (made.kind) {
    case 'update':
      return keys.update(id, { scopes: made.scopes });
    case 'move_expiry':
      return keys.update(id, { expiresAt: timeText(made.to) });
    case 'move_start':
      return keys.update(id, { notBefore: timeText(made.to) });
    case 'revoke_secret':
      return keys.revoke(id, { secret: made.number });
    case 'add_secret':
      return addSecret(store, id, made.plaintext);
    case 'disable':
      return keys.disable(id);
    case 'enable':
      return keys.enable(id);
    case 'revoke':
      return keys.revoke(id);
    case 'delete':
      return keys.delete(id);
  }
}

/** As a rotation will: the one before goes on being accepted, as `retiring`. */
async function addSecret(store: Instance['store'], id: string, plaintext: string): Promise<void> {
  const keyId = keyIdFrom(id);
  const key = keyId === undefined ? undefined : await store.getKey(keyId, 'all');
  const first = key?.secrets[0];
  if (key === undefined || first === undefined) throw new Error(`There is no key ${id}.`);
  const before = first.state === 'current' ? ({ ...first, state: 'retiring' } as const) : first;
  const number = key.secrets.length + 1;
  const digest = digestOf(plaintext);
  const added = { ...first, number, digest, hint: hintOf(plaintext), state: 'current' } as const;
  const write = updateOf(key, { secrets: [before, added] });
  const result = await store.commit(aChange(key.keyspaceId, [write]));
  if (!result.ok) throw new Error(`The secret was refused: ${result.conflict}.`);
}

async function answerOf(run: () => Promise<unknown>): Promise<Answer> {
  try {
    await run();
    return 'done';
  } catch (error) {
    if (error instanceof KeyturnError) return error.code;
    throw error;
  }
}

function timeText(timeMs: number | null): string | null {
  return timeMs === null ? null : formatTime(timeMs);
}
