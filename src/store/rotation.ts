import type { Digest } from '../keys/digest.js';
import type { InstanceId, KeyId, KeyspaceId, RotationId } from '../keys/id.js';
import type { PageCut } from './store.js';
import type { Within } from './within.js';

/**
 * Every step of a rotation, in the order in which they are walked.
 * @public
 */
export const ROTATION_STEPS = [
  'preflight',
  'approve',
  'announce',
  'issue',
  'activate',
  'probe',
  'deliver',
  'observe',
  'disable',
  'revoke',
] as const;

/**
 * Where a rotation is, in the order in which they are walked; a claim is announced before its
 * secret is issued.
 * @public
 */
export type RotationStep = (typeof ROTATION_STEPS)[number];

/**
 * `waiting`: for evidence, a time or a person; the last four are closed.
 * @public
 */
export type RotationState =
  | 'running'
  | 'waiting'
  | 'retrying'
  | 'needs_operator'
  | 'completed'
  | 'rolled_back'
  | 'aborted'
  | 'superseded';

/**
 * One replacement of a secret, as stored. Times are milliseconds UTC.
 * @public
 */
export interface RotationRecord {
  readonly id: RotationId;
  readonly keyId: KeyId;
  readonly keyspaceId: KeyspaceId;
  readonly state: RotationState;
  readonly step: RotationStep;
  /** Of a key, at most one is: it holds the key's only place for a rotation. */
  readonly isOpen: boolean;
  /** When it has to be looked at again; null: when a person has acted. */
  readonly nextAt: number | null;
  /** Of the token that opens its claim. */
  readonly claimDigest: Digest | null;
  /** JSON text: what the steps keep, in the words of the rotation room. */
  readonly details: string;
  /** JSON text: what was seen when it was last looked at. Null: it was not yet. */
  readonly evidence: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly closedAt: number | null;
  /** Since when it is past its deadline, and so its key past its policy; null: it is not. */
  readonly lateAt: number | null;
  /** The slot that it was begun for; null: somebody asked for it. */
  readonly dueAt: number | null;
  /** From 1; each change adds one. */
  readonly version: number;
}

/**
 * Who works on a rotation. A later holder has a higher fence, and from then on nothing is written
 * under the one before.
 * @public
 */
export interface Lease {
  readonly owner: InstanceId;
  readonly fence: number;
}

/**
 * A rotation that was taken to be worked on.
 * @public
 */
export interface LeasedRotation {
  readonly rotation: RotationRecord;
  readonly lease: Lease;
}

/** What to take: rotations that are due and that nobody holds. */
export interface LeaseQuery {
  readonly owner: InstanceId;
  /** This one, due or not. Absent: those that are due. */
  readonly id?: RotationId | undefined;
  /**
   * The database's time, as far as it is known here, in milliseconds UTC. Who is wrong about it
   * takes too early, and so ends the lease before by its higher fence: nothing is done twice.
   */
  readonly nowMs: number;
  /** How long nobody else may take them, in milliseconds. */
  readonly leaseMs: number;
  /**
   * No look is put off for longer than this, in milliseconds: what is to be looked at later was put off
   * by a clock that was ahead, and is due. So is what is held for longer.
   */
  readonly mostMs: number;
  readonly limit: number;
}

/**
 * What was seen of a rotation that stays where it is, and when to look again.
 * @public
 */
export interface Sighting {
  readonly id: RotationId;
  readonly lease: Lease;
  /** As it was read: who changed it meanwhile has said when to look again. */
  readonly version: number;
  readonly nextAt: number | null;
  readonly evidence: string | null;
}

/**
 * Open rotations, of all keyspaces.
 * @public
 */
export interface RotationCounts {
  readonly byStep: ReadonlyMap<RotationStep, number>;
  readonly needsOperator: number;
  /** Past their deadline, and so their keys past their policy. */
  readonly late: number;
}

/** Which rotations to list, newest first. Absent: any. */
export interface RotationFilter extends PageCut {
  readonly within: Within;
  readonly keyId?: KeyId | undefined;
  readonly state?: RotationState | undefined;
  readonly isOpen?: boolean | undefined;
}

/**
 * How often a policy's secrets are replaced, and on what terms: a record of its keyspace.
 * @public
 */
export interface PolicyRecord {
  readonly keyspaceId: KeyspaceId;
  readonly name: string;
  /** JSON text: the fields of a policy, without its name. */
  readonly body: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly version: number;
}
