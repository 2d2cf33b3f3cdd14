import type { CreatedKey, Keyturn } from '../../src/public.js';
import type { RotateInput } from '../../src/rotation-views.js';
import type { Fleet } from './fleet.js';

/** The token of a claim's link. */
export const tokenIn = (url: string) => new URL(url).hash.slice(1);

/** A claim that nobody has opened. */
export interface Announced {
  readonly made: CreatedKey;
  readonly token: string;
  readonly rotationId: string;
}

export async function claimOf(
  fleet: Fleet,
  input: RotateInput = { deliver: 'claim' },
  idempotencyKey?: string,
): Promise<Announced> {
  const made = await fleet.at(0).issue();
  const answer = await fleet.at(0).keyturn.keys.rotate(made.key.id, input, { idempotencyKey });
  if (!('claim' in answer)) throw new Error('There is no claim.');
  return { made, token: tokenIn(answer.claim.url), rotationId: answer.rotation.id };
}

export async function rotatedBy(keyturn: Keyturn, id: string, input: RotateInput) {
  const answer = await keyturn.keys.rotate(id, input);
  if (!('claim' in answer)) throw new Error('There is no claim.');
  return answer;
}

export async function untilSeen(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Lets time pass, as seen from a database, until it is settled. */
export async function whileSettling<T>(fleet: Fleet, call: Promise<T>): Promise<T> {
  let isSettled = false;
  const settle = () => {
    isSettled = true;
  };
  call.then(settle, settle);
  for (let step = 0; step < 2_000 && !isSettled; step += 1) {
    await fleet.passMs(100);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return await call;
}
