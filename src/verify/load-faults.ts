import {
  DependencyMissingError,
  InternalError,
  KeyturnError,
  StoreCorruptError,
} from '../errors.js';
import type { Log } from '../ports.js';

const SILENCE_MS = 60_000; // Every check of such a key meets it; one line a minute is heard.

/** Says why keys that are stored cannot be checked here: they are `unavailable`. */
export class LoadFaults {
  readonly #log: Log;
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(log: Log) {
    this.#log = log;
  }

  tell(fault: unknown, nowMs: number): void {
    const said = sayingOf(fault);
    if (said === undefined || Math.abs(nowMs - this.#toldAt) < SILENCE_MS) return;
    this.#toldAt = nowMs;
    this.#log.error({ room: 'verify', code: said.code }, said.message);
  }
}

/** Undefined: it is a fault of the store's, which is told where the feed meets it. */
function sayingOf(fault: unknown): { readonly code: string; readonly message: string } | undefined {
  if (fault instanceof DependencyMissingError) {
    const message = 'an imported argon2 or bcrypt hash cannot be checked: npm install hash-wasm';
    return { code: fault.code, message };
  }
  if (fault instanceof InternalError) {
    return { code: fault.code, message: 'an imported hash could not be checked' };
  }
  // JSON that cannot be read is no error of ours.
  if (fault instanceof StoreCorruptError || !(fault instanceof KeyturnError)) {
    return { code: 'store_corrupt', message: 'a stored key is damaged and cannot be checked' };
  }
  return undefined;
}
