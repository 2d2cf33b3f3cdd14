import { makeKeyturn } from './keyturn.js';
import type { KeyturnOptions } from './options.js';
import type { Keyturn } from './public.js';

export type { Actor, FieldChange, Subject } from './audit/event.js';
export type { Claims, OpenedClaim } from './claim-views.js';
export type {
  Comparison,
  OldVerdict,
  SwitchDisagreement,
  SwitchQuery,
  SwitchReport,
} from './comparison.js';
export { type ErrorCode, type FieldFault, KeyturnError } from './errors.js';
export type { Mistake } from './keys/mistake.js';
export type { KeyturnOptions } from './options.js';
export type {
  Policy,
  PolicyInput,
  PolicyInUse,
  PolicyPatch,
  PolicyQuery,
} from './policy-views.js';
export type { Log, LogFields } from './ports.js';
export type {
  Caller,
  CreatedKey,
  KeyAnswer,
  Keyturn,
  Management,
  MetricSample,
  Peer,
  Readiness,
  ReplayedKey,
} from './public.js';
export type {
  RotateAnswer,
  RotateInput,
  Rotation,
  RotationAnswer,
  RotationQuery,
  RotationVerb,
} from './rotation-views.js';
export type { SelfRequest, SelfRotation } from './self-views.js';
export type { UsageFilter } from './usage-views.js';
export type {
  Accepted,
  CheckOptions,
  Denied,
  RefusalAnswer,
  RefusalCode,
  Refused,
  Verdict,
  VerifiedKey,
  VerifyRequest,
} from './verdict.js';
export type {
  ChainReport,
  Event,
  EventQuery,
  ImportInput,
  ImportReport,
  ImportResult,
  ImportRow,
  Key,
  KeyInput,
  KeyPatch,
  KeyQuery,
  Keyspace,
  KeyspaceInput,
  KeyspacePatch,
  List,
  Owner,
  OwnerInput,
  OwnerPatch,
  Page,
  Secret,
  Usage,
} from './views.js';

/**
 * Makes a Keyturn over a database. It is opened on first use.
 * @throws {KeyturnError} `config_invalid`: an option cannot be.
 */
export function createKeyturn(options: KeyturnOptions): Promise<Keyturn> {
  return makeKeyturn(options);
}
