import { AlreadyExistsError, KeyturnError, UnprocessableError } from '../../errors.js';
import type { KeyspaceRecord } from '../../keys/keyspace.js';
import { perform } from '../../lifecycle/change.js';
import { type Act, keyspaceNotFound, visibleKeyspaces } from '../../lifecycle/context.js';
import { NO_LINK } from '../asks.js';
import { mintLink, requireLink } from '../claim-link.js';
import type { Engine } from '../engine.js';
import { firstDetails } from '../first-details.js';
import { type LinkOut, mailingOf } from '../link-mail.js';
import { orderOf } from '../order.js';
import { planStart } from '../start.js';
import { tellUses } from '../untold.js';
import type { KeyPlan } from './key-plan.js';

/** A rotation that is to begin. */
export interface Wanted {
  readonly plan: KeyPlan;
  readonly deliver: 'claim' | 'destinations';
  readonly reason: string;
}

/** What came of it. */
export interface BegunOrNot {
  readonly wanted: Wanted;
  /** Undefined: somebody else was first. */
  readonly begun:
    | { readonly deliver: Wanted['deliver']; readonly rotation: string | null }
    | KeyturnError
    | undefined;
}

/**
 * Begins rotations as one change; where another instance has begun one of them, each by itself. The
 * store takes one rotation of a slot, and one open rotation of a key.
 */
export async function beginAll(
  engine: Engine,
  act: Act,
  { all, isDryRun }: { readonly all: readonly Wanted[]; readonly isDryRun: boolean },
): Promise<readonly BegunOrNot[]> {
  if (all.length === 0) return [];
  if (!isDryRun) await tellUses(engine);
  const known = await visibleKeyspaces(act);
  const keyspaces = new Map(known.map((one) => [one.id, one]));
  const planned: Planned[] = [];
  for (const wanted of all) {
    const keyspace = keyspaces.get(wanted.plan.key.keyspaceId);
    planned.push(await planOne(engine, act, { wanted, keyspace }));
  }
  if (isDryRun) return planned.map((one) => answerOf(one, null));
  if (await isWritten(act, planned)) return planned.map((one) => answerOf(one));
  const each: BegunOrNot[] = [];
  for (const one of planned) {
    const isBegun = await isWritten(act, [one]);
    each.push(isBegun ? answerOf(one) : { wanted: one.wanted, begun: undefined });
  }
  return each;
}

type Planned = Awaited<ReturnType<typeof planOne>>;

async function planOne(
  engine: Engine,
  act: Act,
  { wanted, keyspace }: { readonly wanted: Wanted; readonly keyspace: KeyspaceRecord | undefined },
) {
  const { plan, deliver, reason } = wanted;
  const { key, terms, slot } = plan;
  try {
    if (keyspace === undefined) throw keyspaceNotFound();
    const order = await orderOf(
      act,
      { key, keyspace, uses: undefined, terms },
      { deliver, reason },
    );
    const way = await wayOf(engine, act, wanted);
    const first = { ...(await firstDetails(act, order)), asks: way.asks };
    const { dueAt } = slot;
    return { wanted, ...(await planStart(engine, act, { order, first, link: way.link, dueAt })) };
  } catch (fault) {
    if (!(fault instanceof KeyturnError) || fault.code.startsWith('store_')) throw fault;
    return { wanted, fault };
  }
}

/** How the new secret gets there, and what a person has to do for it. */
interface Way {
  readonly link: LinkOut | null;
  readonly asks: string | null;
}

const BY_ITSELF: Way = { link: null, asks: null };

/** @throws {UnprocessableError} there is no way. */
async function wayOf(engine: Engine, act: Act, { plan, deliver }: Wanted): Promise<Way> {
  const { key, terms } = plan;
  if (deliver === 'claim') {
    const link = requireLink(mintLink(engine), '/deliver');
    // Who agrees to it comes first: the link is made then.
    if (terms.approvers > 0) return BY_ITSELF;
    // Nobody asked, so nobody is shown a link: its owner has it by mail, or a person makes another.
    const mailing = await mailingOf(engine, { key, terms });
    if (mailing.kind === 'mailed') return { link: { link, mailing }, asks: null };
    if (mailing.kind === 'hindered') return { link: null, asks: mailing.reason };
    // Whoever is told of it makes one; where nobody is, the list of rotations says so.
    const isTold = (terms.notify?.channels ?? []).length > 0;
    return isTold ? { link: null, asks: NO_LINK } : BY_ITSELF;
  }
  const { automation } = act.lifecycle.store;
  if ((await automation.destinationsOf(key.id)).length > 0) return BY_ITSELF;
  const message = 'is "destinations", and the key has none.';
  const fix = 'Add a destination to the key, or let its policy deliver by claim.';
  throw new UnprocessableError([{ pointer: '/deliver', message, fix }]);
}

/** @returns false: somebody else has begun one of them, so none was. */
async function isWritten(act: Act, planned: readonly Planned[]): Promise<boolean> {
  const changes = planned.flatMap((one) => ('change' in one ? [one.change] : []));
  if (changes.length === 0) return true;
  const change = {
    writes: changes.flatMap(({ writes }) => writes),
    events: changes.flatMap(({ events }) => events),
    personal: changes.flatMap(({ personal }) => personal),
  };
  try {
    await perform(act, { operation: 'rotation.due', input: null }, async () => ({
      change,
      answer: null,
    }));
    return true;
  } catch (fault) {
    if (fault instanceof AlreadyExistsError) return false;
    throw fault;
  }
}

function answerOf(one: Planned, rotation?: null): BegunOrNot {
  const { wanted } = one;
  if (!('begun' in one)) return { wanted, begun: one.fault };
  const id = rotation === null ? null : one.begun.rotation.id;
  return { wanted, begun: { deliver: wanted.deliver, rotation: id } };
}
