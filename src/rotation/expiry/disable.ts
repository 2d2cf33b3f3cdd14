import { formatTime, parseTime } from '../../keys/duration.js';
import { type KeyRecord, stateAt } from '../../keys/key.js';
import type { KeyspaceRecord } from '../../keys/keyspace.js';
import { type Decided, perform } from '../../lifecycle/change.js';
import { decideOn, type Located, planEdit, withState } from '../../lifecycle/change-key.js';
import type { Act } from '../../lifecycle/context.js';
import type { InstanceRow } from '../../store/store.js';
import type { Engine } from '../engine.js';
import { fleetOf } from '../fleet-record.js';
import type { Telling } from '../notice-records.js';
import type { Terms } from '../terms.js';
import { livingOf, tellUses } from '../untold.js';
import { worldOf } from '../world.js';
import { endOf, idleOf, type Rules } from './findings.js';
import { idleSince, lastUseOf, type Uses } from './moments.js';
import { noticesOfKey } from './record.js';
import { warningsOf } from './warning.js';

const CALL = { operation: 'key.expire', input: null };
const REASON = /^unused since (\S+) by policy /;
const INSTANCE = /^ins_/; // Who disabled it: a scheduler, by whatever instance.
const BEAT_MARGIN_MS = 300;
const BEATS_PER_BOUND = 3; // How often instances tell how far they are.

interface Place {
  readonly key: Pick<KeyRecord, 'id'>;
  readonly keyspace: KeyspaceRecord;
  readonly terms: Terms;
}

/**
 * Before keys are disabled: what this instance saw is written out, and who seems to be dead has time to
 * say that it is not. All of a fleet may have been asleep, and have awoken at once.
 */
export async function hearOfAll(
  engine: Engine,
  { stalenessMs: boundMs }: Pick<KeyspaceRecord, 'stalenessMs'>,
): Promise<void> {
  await tellUses(engine);
  const { nowMs, instances } = await worldOf(engine);
  const rows = await instances();
  if (livingOf(rows, { nowMs, boundMs }).length === rows.length) return;
  await engine.lifecycle.ports.timers.sleep(boundMs / BEATS_PER_BOUND + BEAT_MARGIN_MS);
}

/**
 * Disables a key that nobody uses, once its people were warned and the grace is over. Everything is
 * looked at anew; where it is not known that nobody has used it, nothing is done.
 * @returns whether it was disabled here.
 */
export async function disableUnused(engine: Engine, act: Act, place: Place): Promise<boolean> {
  const { keyspace, terms } = place;
  const performed = await perform(act, CALL, async (): Promise<Decided<boolean>> => {
    // First the instances: what they have written out is in the uses that are read after.
    const { nowMs, instances } = await worldOf(engine);
    const rows = await instances();
    const located = await locatedNow(act, place);
    const end = located && (await endNow(act, located, { terms, nowMs }));
    if (located === undefined || end === undefined || end.atMs > nowMs) return { answer: false };
    const span = { sinceMs: end.idleAt, untilMs: end.atMs, nowMs };
    if (!isWhole({ keyspace, terms }, rows, span)) return { answer: false };
    return decideOn(act, located, (one) => disabled(act, one, { terms, ...end }));
  });
  return performed.answer;
}

async function locatedNow(
  { lifecycle: { store } }: Act,
  { key: { id }, keyspace }: Place,
): Promise<Located | undefined> {
  const key = await store.getKey(id, [keyspace.id]);
  if (key === undefined || (await store.openRotationOf(id)) !== undefined) return undefined;
  return { key, keyspace, uses: (await store.lastUses([id])).get(id) };
}

/** Since when it is without a use, and when it is disabled for that; undefined: nobody was warned. */
async function endNow({ lifecycle }: Act, located: Located, rules: Pick<Rules, 'terms' | 'nowMs'>) {
  const { terms } = rules;
  const { expiry = null } = terms;
  const [idle] = idleOf([located], rules);
  if (expiry === null || idle === undefined) return undefined;
  const warning = (await warningsOf(lifecycle.store, terms, [idle])).get(idle.key.id);
  const atMs = warning === undefined ? null : endOf(warning, expiry);
  return atMs === null ? undefined : { idleAt: idle.idleAt, atMs };
}

/**
 * Whether it is known of every instance what it saw up to the end of the grace: one that is silent makes
 * a key's use unknown, and so does what died with more to tell than the policy lets be lost.
 */
function isWhole(
  { keyspace, terms }: Pick<Place, 'keyspace' | 'terms'>,
  instances: readonly InstanceRow[],
  { sinceMs, untilMs, nowMs }: Readonly<Record<'sinceMs' | 'untilMs' | 'nowMs', number>>,
): boolean {
  const details = { observedFrom: sinceMs, frozenAt: 0 };
  const fleet = fleetOf({ details, instances, gaps: [], boundMs: keyspace.stalenessMs, nowMs });
  const gapMs = fleet.gaps.reduce((sum, { ms }) => sum + ms, 0);
  return fleet.silent.length === 0 && gapMs <= terms.evidence.gapsMs && fleet.at >= untilMs;
}

function disabled(
  act: Act,
  located: Located,
  {
    terms,
    idleAt,
    atMs,
  }: { readonly terms: Terms; readonly idleAt: number; readonly atMs: number },
): Decided<boolean> {
  const { key, keyspace, uses } = located;
  const nowMs = act.lifecycle.nowMs();
  // A person may have been first.
  const isStill = stateAt(key, nowMs) === 'active' && idleSince(key, uses) === idleAt;
  if (!isStill) return { answer: false };
  const reason = `unused since ${formatTime(idleAt)} by policy "${terms.policy}"; enable it to take that back`;
  const edited = withState(act, key, { state: 'disabled', reason });
  const decided = planEdit(act, located, { type: 'key.disabled', edited, reason });
  if (!('change' in decided)) return { answer: false };
  const facts = { lastUsedAtMs: lastUseOf(uses), disablesAtMs: nowMs };
  const telling: Telling = { kind: 'unused', stage: 'disabled', facts };
  const told = { key, keyspace, terms, telling, cycle: formatTime(atMs), change: key.version };
  const { change } = decided;
  const writes = [...change.writes, ...noticesOfKey(act, told)];
  return { change: { ...change, writes }, answer: true };
}

/**
 * Whether a key was disabled as unused, and a use of it came to light that was before: an instance told
 * of it too late.
 */
export function isMistaken({ state, stateReason, stateChangedBy }: KeyRecord, uses: Uses): boolean {
  if (state !== 'disabled' || !INSTANCE.test(stateChangedBy)) return false;
  const since = parseTime(REASON.exec(stateReason ?? '')?.[1] ?? '');
  return since !== undefined && (lastUseOf(uses) ?? 0) > since;
}

/** Enables it again. @returns whether it was enabled here. */
export async function takeBack(act: Act, place: Place): Promise<boolean> {
  const performed = await perform(act, CALL, async (): Promise<Decided<boolean>> => {
    const located = await locatedNow(act, place);
    if (located === undefined) return { answer: false };
    return decideOn(act, located, (one): Decided<boolean> => {
      if (!isMistaken(one.key, one.uses)) return { answer: false };
      const reason = 'it was in use: an instance had yet to tell so when it was disabled';
      const edited = withState(act, one.key, { state: 'active', reason });
      const decided = planEdit(act, one, { type: 'key.enabled', edited, reason });
      return 'change' in decided ? { ...decided, answer: true } : { answer: false };
    });
  });
  return performed.answer;
}
