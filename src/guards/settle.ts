import type { Outcome } from './guard.js';

/** An outcome that the host acts on; what is faulty goes to its error handling. */
type Settled = Exclude<Outcome, { readonly kind: 'faulty' }>;

/** Decides for a host of callbacks: acts at once where that can be, and fails with what no host takes for nothing. */
export function settle(
  decide: () => Outcome | Promise<Outcome>,
  act: (outcome: Settled) => void,
  fail: (fault: Error) => void,
): void {
  const end = (outcome: Outcome) =>
    outcome.kind === 'faulty' ? fail(outcome.fault) : act(outcome);
  let outcome: Outcome | Promise<Outcome>;
  try {
    outcome = decide();
  } catch (fault) {
    fail(errorOf(fault));
    return;
  }
  if (outcome instanceof Promise) outcome.then(end).catch((fault) => fail(errorOf(fault)));
  else end(outcome);
}

/**
 * What a hook threw, for hosts that take some faults for none: Express goes on after `undefined`,
 * and after the word "route" to the next route.
 */
function errorOf(fault: unknown): Error {
  if (isObject(fault)) return fault;
  return new Error('A hook of requireKey threw what is no Error.', { cause: fault });
}

/** Hosts take every object for an error, also one that another realm made. */
function isObject(fault: unknown): fault is Error {
  return typeof fault === 'object' && fault !== null;
}
