import { KeyturnError } from '../../errors.js';
import type { KeyRecord } from '../../keys/key.js';
import type { LeakAnswer, LeakAnswers, LeakInput } from '../../leak-views.js';
import type { Act } from '../../lifecycle/context.js';
import { locateSecret } from '../../lifecycle/read-keys.js';
import { requireScope } from '../../lifecycle/rights.js';
import type { Engine } from '../engine.js';
import { policyOf } from '../policies.js';
import { secretOf } from '../step.js';
import { BUILT_IN, type Terms } from '../terms.js';
import { answerLeak } from './answer.js';
import { type Finding, readReports } from './leak-input.js';
import { tellLeak } from './tell.js';

/**
 * Takes secrets that were found where they must not be, and acts on each by its key's policy: on the
 * secret that was found alone, so that an old one, reported again and again, never costs the key its
 * good one. Safe to repeat. What a caller may not see is unknown.
 * @throws {UnprocessableError} a report is wrong: nothing was done.
 * @public
 */
export async function reportLeaks(
  engine: Engine,
  act: Act,
  input: LeakInput,
): Promise<LeakAnswers> {
  requireScope(act.rights, 'keys:revoke');
  const items: LeakAnswer[] = [];
  const isDryRun = input.dryRun === true;
  for (const finding of readReports(input, act.lifecycle.nowMs())) {
    items.push(await take(engine, act, { finding, isDryRun }));
  }
  return { items };
}

async function take(
  engine: Engine,
  act: Act,
  { finding, isDryRun }: { readonly finding: Finding; readonly isDryRun: boolean },
): Promise<LeakAnswer> {
  const found = await locateSecret(act, finding.plaintext);
  if (found === undefined) return { result: 'unknown' };
  const { key } = found.located;
  const leaked = { ...found, terms: await termsOf(act, key) };
  // Acted first: a fault after it leaves a secret that is ended, and a repeat tells of it.
  const done = await answerLeak(engine, act, { leaked, isDryRun });
  const isOver = done.action === 'none';
  const isToTell = !isDryRun && (finding.isNews || !isOver);
  const isFirst = isToTell && (await tellLeak(act, leaked, { finding, done }));
  const isKnown = isOver || (done.action === 'told' && !isFirst && !isDryRun);
  return {
    result: isKnown ? 'known' : 'acted',
    key: key.id,
    secret: found.number,
    state: secretOf(key, found.number)?.state ?? 'revoked',
    ...done,
    ...(isKnown ? { action: 'none' } : {}),
  };
}

/** Where the key's policy cannot be read, people are told at the least: one key stops no others. */
async function termsOf(act: Act, key: KeyRecord): Promise<Terms> {
  try {
    return await policyOf(act, key);
  } catch (error) {
    if (!(error instanceof KeyturnError) || error.code === 'store_unavailable') throw error;
    return BUILT_IN;
  }
}
