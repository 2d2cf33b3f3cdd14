import { expect } from 'vitest';
import { KeyturnError } from '../../src/errors.js';

/** What a change may come to where something else was first, or where there is nothing to do. */
const REFUSALS =
  /^(?:state_conflict|rotation_open|unprocessable|version_conflict|not_found|claim_refused): /;

/** A change that may be refused, and for no other reason; `store_unavailable`: while its instance dies. */
export async function refusable(
  change: Promise<unknown>,
  besides?: 'store_unavailable',
): Promise<void> {
  await change.catch((error: unknown) => {
    if (!(error instanceof KeyturnError)) throw error;
    if (error.code === besides) return;
    expect(`${error.code}: ${error.message}`).toMatch(REFUSALS);
  });
}
