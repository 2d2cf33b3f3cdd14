import type { RotateAnswer } from '../../src/rotate-views.js';
import type { RotateInput } from '../../src/rotation-views.js';
import type { Fleet } from './fleet.js';

/** A rotation whose new secret was shown. */
type Rotated = Extract<RotateAnswer, { readonly plaintext: string }>;

const ROTATING_STEP_MS = 30;

/** Rotates while time goes on, so that every instance hears of it. */
export async function rotate(fleet: Fleet, id: string, input: RotateInput = {}): Promise<Rotated> {
  let settled: { readonly answer: RotateAnswer } | { readonly error: unknown } | undefined;
  fleet
    .at(0)
    .keyturn.keys.rotate(id, input)
    .then(
      (answer) => {
        settled = { answer };
      },
      (error: unknown) => {
        settled = { error };
      },
    );
  // Slowly: a rotation is held for half a minute, and a busy database needs real time.
  await whileTimePasses(fleet, async () => settled !== undefined, ROTATING_STEP_MS);
  if (settled === undefined || 'error' in settled) throw settled?.error;
  if (!('plaintext' in settled.answer)) throw new Error('There is no plaintext.');
  return settled.answer;
}

/** Lets time pass slowly, as seen from a database, until what is waited for is so. */
export async function whileTimePasses(
  fleet: Fleet,
  isSo: () => Promise<boolean>,
  stepMs = 500,
): Promise<void> {
  for (let step = 0; step < 1_000; step += 1) {
    if (await isSo()) return;
    await fleet.passMs(stepMs);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('It has not become so.');
}

/** Lets time pass slowly until a call is answered, which waits for what every instance tells. */
export async function answered<T>(fleet: Fleet, call: Promise<T>, stepMs?: number): Promise<T> {
  let isOver = false;
  const over = call.finally(() => {
    isOver = true;
  });
  over.catch(() => undefined); // It is awaited below.
  await whileTimePasses(fleet, async () => isOver, stepMs);
  return over;
}
