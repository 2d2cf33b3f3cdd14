import { hash } from 'node:crypto';
import type { BulkInput, BulkItem, BulkReport } from '../../bulk-views.js';
import {
  InvalidRequestError,
  KeyturnError,
  UnauthenticatedError,
  UnprocessableError,
} from '../../errors.js';
import { perform } from '../../lifecycle/change.js';
import type { Act } from '../../lifecycle/context.js';
import { withRightsOfNow } from '../../lifecycle/rights-now.js';
import type { WriteOptions } from '../../public.js';
import type { Engine } from '../engine.js';
import { ACTS, type Done } from './acts.js';
import { nameOf } from './named.js';
import { readBulk } from './read-bulk.js';
import { inTrial } from './trial.js';

/** Refusals of one key: the others go on. What is none of them says that no other would go either. */
const OF_ONE: readonly string[] = [
  'not_found',
  'forbidden',
  'unprocessable',
  'invalid_request',
  'state_conflict',
  'version_conflict',
  'rotation_open',
  'idempotency_mismatch',
  'idempotency_in_flight',
];

/**
 * Does one thing to many keys, one after the other, each under the rights that the caller has then. A
 * refusal stops no other. Repeated with its idempotency key it answers the same, without the links.
 * @throws {InvalidRequestError} what is asked for is not of its form.
 */
export async function bulk(
  engine: Engine,
  act: Act,
  { input, options }: { readonly input: BulkInput; readonly options: WriteOptions },
): Promise<BulkReport> {
  readBulk(input);
  const claims = new Map<string, BulkItem['claim']>();
  const run = async () => ({
    answer: { items: await itemsOf(engine, act, { input, options, claims }) },
  });
  if (input.dryRun === true) return reportOf((await run()).answer.items);
  const call = { operation: 'key.bulk', input, ...options };
  const performed = await perform(act, call, run);
  const { items } = performed.answer;
  if (performed.kind === 'replayed') return { ...reportOf(items), replayed: true };
  return reportOf(
    items.map((item) => (claims.has(item.id) ? { ...item, claim: claims.get(item.id) } : item)),
  );
}

function reportOf(items: readonly BulkItem[]): BulkReport {
  const totals = { would: 0, done: 0, unchanged: 0, refused: 0 };
  for (const { outcome } of items) totals[outcome] += 1;
  return { items, totals };
}

interface Run {
  readonly input: BulkInput;
  readonly options: WriteOptions;
  /** What is shown once, and kept nowhere. */
  readonly claims: Map<string, BulkItem['claim']>;
}

async function itemsOf(engine: Engine, act: Act, run: Run): Promise<readonly BulkItem[]> {
  const items: BulkItem[] = [];
  let fault: KeyturnError | undefined;
  for (const id of new Set(run.input.ids)) {
    if (fault !== undefined) {
      items.push(refusedItem(id, null, fault));
      continue;
    }
    const item = await itemOf(engine, act, { ...run, id });
    if (item.fault !== undefined && !OF_ONE.includes(item.fault.code)) fault = item.fault;
    items.push(item.shown);
  }
  return items;
}

async function itemOf(
  engine: Engine,
  act: Act,
  { id, input, options, claims }: Run & { readonly id: string },
): Promise<{ readonly shown: BulkItem; readonly fault?: KeyturnError }> {
  let name: string | null = null;
  try {
    name = await nameOf(act, id);
    const { claim, ...done } = await doneTo(engine, act, { id, input, options });
    if (claim !== undefined) claims.set(id, claim);
    const outcome = done.isChanged ? (input.dryRun === true ? 'would' : 'done') : 'unchanged';
    const { what, rotation } = done;
    return { shown: { id, name, outcome, what, ...(rotation !== undefined && { rotation }) } };
  } catch (error) {
    // Who has ended meanwhile is told so, and does nothing to the keys that follow.
    if (!(error instanceof KeyturnError) || error instanceof UnauthenticatedError) throw error;
    return { shown: refusedItem(id, name, error), fault: error };
  }
}

function doneTo(
  engine: Engine,
  act: Act,
  { id, input, options }: Omit<Run, 'claims'> & { readonly id: string },
): Promise<Done> {
  const isTrial = input.dryRun === true;
  const { idempotencyKey: key } = options;
  // Of each key its own: what broke off halfway goes on where it is repeated.
  const own =
    key === undefined || isTrial
      ? {}
      : { idempotencyKey: `bulk ${hash('sha256', `${key} ${id}`)}` };
  const given = isTrial ? inTrial(act) : act;
  return withRightsOfNow(given, (now) => ACTS[input.act](engine, now, { id, input, options: own }));
}

function refusedItem(id: string, name: string | null, fault: KeyturnError): BulkItem {
  const isField = fault instanceof InvalidRequestError || fault instanceof UnprocessableError;
  const [first] = isField ? fault.errors : [];
  const reason = first === undefined ? fault.message : `${first.pointer.slice(1)} ${first.message}`;
  const refused = { id, name, outcome: 'refused', what: 'It stays as it is.' } as const;
  return { ...refused, code: fault.code, reason, ...(first !== undefined && { fix: first.fix }) };
}
