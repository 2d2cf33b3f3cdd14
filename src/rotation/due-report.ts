import type { DueItem, DueReport } from '../due-views.js';
import { formatTime } from '../keys/duration.js';
import type { KeyId } from '../keys/id.js';
import type { Act } from '../lifecycle/context.js';
import type { RotationRecord } from '../store/rotation.js';
import { isAhead } from './ahead.js';
import { asksOf } from './asks.js';
import { detailsOf } from './details.js';
import { noticesIn, openIn } from './due-pages.js';
import type { Reviewed } from './expiry/reviewer.js';
import type { DueKey } from './schedule/due.js';
import { notStarted } from './schedule/not-started.js';

/** What a run has come to. */
interface Ran {
  readonly due: readonly DueKey[];
  readonly reviewed: readonly Reviewed[];
  /** Each rotation that was looked at, as it is then. */
  readonly worked: readonly RotationRecord[];
  readonly dryRun: boolean;
}

/** What it has done, and for what a person is needed, whichever run found that first. */
export async function reportOf(act: Act, run: Ran): Promise<DueReport> {
  const waiting = await waitingForPeople(act);
  const stuck = new Set(waiting.map(({ id }) => id));
  const moved = run.worked.filter(({ id }) => !stuck.has(id));
  const nameOf = namesIn(act);
  const nowMs = act.lifecycle.nowMs();
  const items = [
    ...run.due.map(itemOfKey),
    ...(await waitingToBegin(act, run.due)).map(itemOfKey),
    ...run.reviewed.map(itemOfReviewed),
    ...(await Promise.all(moved.map((one) => itemOf(one, { what: 'moved', nameOf, nowMs })))),
    ...(await Promise.all(
      waiting.map((one) => itemOf(one, { what: 'needs_operator', nameOf, nowMs })),
    )),
  ];
  const needsOperator = items.some(
    ({ what }) => what === 'not_started' || what === 'needs_operator',
  );
  return { dryRun: run.dryRun, items, needsOperator, notices: await untold(act) };
}

/** Open rotations that do not go on, or are not delivered, without somebody. */
async function waitingForPeople(act: Act): Promise<readonly RotationRecord[]> {
  const nowMs = act.lifecycle.nowMs();
  const found: RotationRecord[] = [];
  for await (const rotation of openIn(act)) {
    if (isAsking(rotation) || isAhead(rotation.createdAt, nowMs)) found.push(rotation);
  }
  return found;
}

function isAsking(rotation: RotationRecord): boolean {
  return rotation.state === 'needs_operator' || asksOf(rotation, detailsOf(rotation)) !== null;
}

/** Those that this run has not tried: outside their window, or in a dry run. */
async function waitingToBegin(act: Act, due: readonly DueKey[]): Promise<readonly DueKey[]> {
  const tried = new Set(due.map(({ plan }) => plan.key.id));
  const all = await notStarted(act);
  return all
    .filter(({ plan }) => !tried.has(plan.key.id))
    .map(({ plan, reason }) => ({ plan, outcome: { kind: 'not_started', reason } }));
}

/** Of notices that are still to be sent: those that were tried, were given up, or are held. */
async function untold(act: Act): Promise<DueReport['notices']> {
  const counts = { failing: 0, dead: 0, held: 0 };
  let heldUntil = 0;
  const nowMs = act.lifecycle.nowMs();
  for await (const { failure, nextAt } of noticesIn(act, 'waiting')) {
    if (failure !== null) counts.failing += 1;
    if (failure !== null || nextAt === null || nextAt <= nowMs) continue;
    counts.held += 1;
    heldUntil = Math.max(heldUntil, nextAt);
  }
  for await (const _ of noticesIn(act, 'dead')) counts.dead += 1;
  return { ...counts, heldUntil: counts.held === 0 ? null : formatTime(heldUntil) };
}

function itemOfKey({ plan: { key, slot }, outcome }: DueKey): DueItem {
  const of = { key: key.id, name: key.name, what: outcome.kind, dueAt: formatTime(slot.dueAt) };
  switch (outcome.kind) {
    case 'started':
      return { ...of, rotation: outcome.rotation, detail: `by ${outcome.deliver}` };
    case 'waits':
      return { ...of, rotation: outcome.rotation, detail: 'another rotation of the key is open' };
    case 'not_started':
      return { ...of, rotation: null, detail: outcome.reason };
    case 'told':
      return { ...of, rotation: null, detail: 'the policy rotates nothing' };
  }
}

function itemOfReviewed({ key, what, detail }: Reviewed): DueItem {
  return { key: key.id, name: key.name, what, rotation: null, dueAt: null, detail };
}

async function itemOf(
  { id, keyId, step, state, dueAt, createdAt }: RotationRecord,
  of: {
    readonly nowMs: number;
    readonly what: DueItem['what'];
    readonly nameOf: (id: KeyId) => Promise<string>;
  },
): Promise<DueItem> {
  return {
    key: keyId,
    name: await of.nameOf(keyId),
    what: of.what,
    rotation: id,
    dueAt: dueAt === null ? null : formatTime(dueAt),
    detail: isAhead(createdAt, of.nowMs)
      ? `${step}, ${state}; ${begunAhead(createdAt)}`
      : `${step}, ${state}`,
  };
}

function begunAhead(createdAt: number): string {
  return `begun by a clock that was ahead, at ${formatTime(createdAt)}: its evidence ends nothing. Abort it, finish it or roll it back, and its key is rotated when it is due`;
}

function namesIn({ lifecycle: { store } }: Act): (id: KeyId) => Promise<string> {
  return async (id) => (await store.getKey(id, 'all'))?.name ?? '';
}
