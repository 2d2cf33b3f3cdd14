import type { Actor } from '../audit/event.js';
import type { Claims, OpenedClaim, WaitingClaim } from '../claim-views.js';
import { ClaimRefusedError, StateConflictError, StoreUnavailableError } from '../errors.js';
import { requireForms } from '../form.js';
import { formatTime } from '../keys/duration.js';
import { keyIdFrom } from '../keys/id.js';
import { type KeyRecord, stateAt } from '../keys/key.js';
import { CallerChangedError, perform } from '../lifecycle/change.js';
import type { Act } from '../lifecycle/context.js';
import * as forms from '../lifecycle/input-forms.js';
import { rightsOf } from '../lifecycle/rights.js';
import type { Lease, LeasedRotation, RotationRecord } from '../store/rotation.js';
import { isRevoked } from './asker.js';
import { brandingOf } from './claim-branding.js';
import { tokenDigest } from './claim-link.js';
import { claimTest } from './claim-test.js';
import { hold } from './collect.js';
import { detailsOf } from './details.js';
import { disownClaim } from './disowned.js';
import type { Engine } from './engine.js';
import { handOver, UntakenError } from './hand-over.js';
import { sightingOf, transitionOf } from './machine.js';
import { lookAtRotation } from './world.js';

const OPENED = { asks: null, isLinkGivenUp: false, claimClosesAt: null } as const;

/**
 * Opening claims. Nobody is authenticated: who has the token is who the secret is for.
 * @public
 */
export function claimsOf(open: () => Promise<Engine>): Claims {
  const rights = rightsOf({ actor: { kind: 'consumer', id: 'claim-link' } });
  return {
    look: async (token) => {
      requireForms([forms.TOKEN, { token }]);
      return showWaiting(await open(), token);
    },
    open: async (token) => {
      requireForms([forms.TOKEN, { token }]);
      const engine = await open();
      return openClaim(engine, { lifecycle: engine.lifecycle, rights }, token);
    },
    disown: async (token) => {
      requireForms([forms.TOKEN, { token }]);
      const engine = await open();
      return disownClaim(engine, { lifecycle: engine.lifecycle, rights }, token);
    },
  };
}

/** Whose it is. What is refused is answered as where it is opened, and alike. */
async function showWaiting(engine: Engine, token: string): Promise<WaitingClaim> {
  const { lifecycle } = engine;
  const rotation = await findOpen(engine, token);
  const keyspaces = await lifecycle.store.listKeyspaces();
  const keyspace = keyspaces.find(({ id }) => id === rotation.keyspaceId);
  const { claimClosesAt } = detailsOf(rotation);
  const key = await lifecycle.store.getKey(rotation.keyId, 'all');
  if (key === undefined || keyspace === undefined || claimClosesAt === null) throw refused();
  refuseDead(key, lifecycle.nowMs());
  const branding = await brandingOf(lifecycle, keyspace);
  return { branding, expiresAt: formatTime(claimClosesAt) };
}

/**
 * Uses the link up, issues the secret, waits until every instance accepts it, and shows it.
 * @throws {ClaimRefusedError} the token is unknown, used or late: one answer for all three.
 * @throws {UntakenError} the policy's probe did not take the secret. It is discarded, and nobody has it.
 * @throws {StoreUnavailableError} an instance has not confirmed the secret. It is discarded, and
 *   a new link has to be made.
 */
async function openClaim(engine: Engine, act: Act, token: string): Promise<OpenedClaim> {
  const { rotation, lease } = await take(engine, act, token);
  const { id } = rotation;
  const by = whileLiving(act, detailsOf(rotation).linkBy ?? null);
  await perform(by, { operation: `claim.open ${id}`, input: null }, async () =>
    planOpening(engine, by, { token, lease }),
  ).catch(async (error: unknown) => {
    await letGo(engine, { rotation, lease });
    throw error instanceof CallerChangedError ? refused({ cause: error }) : error;
  });
  return handOver(engine, act, { id, lease }).then(
    (handed) => showOpened(engine, act, handed),
    (error: unknown) => {
      const isUntaken = error instanceof UntakenError;
      if (error instanceof StateConflictError && !isUntaken) throw refused({ cause: error });
      throw error;
    },
  );
}

/** Whoever made the link may be revoked in this very moment: it is looked at in the commit again. */
function whileLiving(act: Act, linkBy: Actor | null): Act {
  const keyId = linkBy?.kind === 'management_key' ? keyIdFrom(linkBy.id) : undefined;
  if (keyId === undefined) return act;
  return { ...act, rights: { ...act.rights, key: { keyId, rights: null } } };
}

/** Nobody else works on it meanwhile. */
async function take(engine: Engine, act: Act, token: string): Promise<LeasedRotation> {
  const { id } = await findOpen(engine, token);
  const leased = await hold(engine, act, { id, step: 'announce' }).catch((error: unknown) => {
    if (!(error instanceof StateConflictError)) throw error;
    throw new StoreUnavailableError('This claim is being worked on. Open the link again.');
  });
  if (leased === undefined) throw refused();
  return leased;
}

/** The link came too late: who has the next one waits for no lease. */
async function letGo({ lifecycle }: Engine, { rotation, lease }: LeasedRotation): Promise<void> {
  const { nextAt, evidence } = rotation;
  const asItWas = sightingOf(rotation, lease, { kind: 'pause', nextAt, evidence });
  // Where it cannot be written, the lease lapses.
  await lifecycle.store.recordSightings([asItWas]).catch(() => undefined);
}

/** The rotation that waits for this token. */
async function findOpen({ lifecycle }: Engine, token: string): Promise<RotationRecord> {
  const digest = tokenDigest(token);
  const found = digest && (await lifecycle.store.findClaim(digest));
  if (found === undefined || !found.isOpen || found.step !== 'announce') throw refused();
  const { claimClosesAt, linkBy } = detailsOf(found);
  if (claimClosesAt === null || claimClosesAt <= lifecycle.nowMs()) throw refused();
  if (linkBy && (await isRevoked(lifecycle, linkBy))) throw refused();
  return found;
}

/** The link is used up in the same change by which the rotation goes on. */
async function planOpening(
  engine: Engine,
  act: Act,
  { token, lease }: { readonly token: string; readonly lease: Lease },
) {
  const context = await lookAtRotation(engine, await findOpen(engine, token));
  if (context === undefined) throw refused();
  refuseDead(context.key, engine.lifecycle.nowMs());
  // Its token opens nothing any more; by it somebody can say that it was not them.
  const outcome = { kind: 'go', to: 'issue', details: OPENED } as const;
  const type = 'rotation.claim_opened';
  return { change: transitionOf(act, context, { outcome, lease, type }).change, answer: null };
}

/**
 * Whoever opened it would have a secret that nothing accepts. The link stays as it is: its issuer can
 * mend the key.
 * @throws {ClaimRefusedError} the key is revoked: it will never have another secret.
 * @throws {StateConflictError} it has expired, or is disabled.
 */
function refuseDead(key: KeyRecord, nowMs: number): void {
  const state = stateAt(key, nowMs);
  if (state === 'active') return;
  if (state === 'revoked') throw refused();
  const what = state === 'expired' ? 'has expired' : 'is disabled';
  throw new StateConflictError(
    `The key of this link ${what}: a new secret of it would not work, and none was made. Ask whoever sent the link; it is not used up.`,
  );
}

async function showOpened(
  { publicBase }: Engine,
  { lifecycle }: Act,
  { key, rotation, plaintext }: Awaited<ReturnType<typeof handOver>>,
): Promise<OpenedClaim> {
  const { oldSecret, deadline, atDeadline } = rotation;
  const keyspaces = await lifecycle.store.listKeyspaces();
  const keyspace = keyspaces.find(({ name }) => name === key.keyspace);
  if (keyspace === undefined) throw refused(); // Never: none is deleted.
  const { credentials } = keyspace;
  const base = publicBase();
  const state = key.secrets.find(({ number }) => number === oldSecret)?.state;
  return {
    keyspace: key.keyspace,
    branding: await brandingOf(lifecycle, keyspace),
    key: { id: key.id, name: key.name, environment: key.environment },
    plaintext,
    test: base ? claimTest({ base, credentials }) : null,
    old: {
      number: oldSecret,
      state: state === 'retiring' || state === 'disabled' ? state : 'revoked',
      deadline,
      atDeadline,
    },
  };
}

function refused(options?: ErrorOptions): ClaimRefusedError {
  return new ClaimRefusedError('This link is unknown, was used or is too old.', options);
}
