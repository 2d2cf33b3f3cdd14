import { makeKeyturn } from './keyturn.js';
import type { KeyturnOptions } from './options.js';
import type { Keyturn } from './public.js';

export type { Actor, FieldChange, Subject } from './audit/event.js';
export type { BulkAct, BulkInput, BulkItem, BulkReport } from './bulk-views.js';
export type { Calendar, CalendarQuery } from './calendar-views.js';
export type { Claims, OpenedClaim } from './claim-views.js';
export type {
  Comparison,
  OldVerdict,
  SwitchDisagreement,
  SwitchQuery,
  SwitchReport,
} from './comparison.js';
export type { KeyConsumer, KeyConsumers } from './consumer-views.js';
export type { Command, Commands } from './deliver/commands.js';
export type { ConnectionSettings } from './deliver/connection.js';
export type {
  Delivery,
  DeliveryFailure,
  Destination,
  DestinationKind,
  Reading,
  Writing,
} from './deliver/destination.js';
export type { DestinationOutside } from './deliver/outside.js';
export type { DestinationOptions } from './destination-options.js';
export type {
  CreatedDestination,
  DestinationInput,
  DestinationPatch,
  DestinationQuery,
  Destinations,
  DestinationTrial,
  KeyDestination,
} from './destination-views.js';
export type { DueItem, DueOptions, DueReport } from './due-views.js';
export { type ErrorCode, type FieldFault, KeyturnError } from './errors.js';
export type { Form } from './form.js';
export { type Digest, digestOf } from './keys/digest.js';
export type { Mistake } from './keys/mistake.js';
export type { Plaintext } from './keys/plaintext.js';
export type { Role } from './keys/role.js';
export type { KnownLeak, LeakAnswer, LeakAnswers, LeakInput, LeakReport } from './leak-views.js';
export type { LiveNews, LiveQuery } from './live-views.js';
export type { KeyturnOptions } from './options.js';
export type {
  AgeBucket,
  Cohort,
  DeadNotice,
  ExpiringKey,
  Few,
  HinderedDelivery,
  HourOfChecks,
  LaggingRotation,
  OverdueKey,
  Overview,
  OverviewQuery,
  WaitingRotation,
} from './overview-views.js';
export type {
  InvitedPerson,
  People,
  Person,
  PersonInput,
  PersonPatch,
  Session,
  SessionItem,
  Sessions,
  SignedIn,
  SignIn,
  SignInFrom,
} from './people-views.js';
export type {
  Policy,
  PolicyInput,
  PolicyInUse,
  PolicyPatch,
  PolicyQuery,
  SavedPolicy,
} from './policy-views.js';
export type { Log, LogFields } from './ports.js';
export type { ProbeOptions } from './probe-options.js';
export type { ProbeInput } from './probe-views.js';
export type {
  Caller,
  CreatedKey,
  KeyAnswer,
  Keyturn,
  Management,
  Peer,
  ReplayedKey,
} from './public.js';
export type {
  PlannedRotation,
  RotateAnswer,
  RotateDryRun,
  RotatedKey,
  RotateNow,
} from './rotate-views.js';
export type {
  RotateInput,
  Rotation,
  RotationAnswer,
  RotationQuery,
  RotationVerb,
} from './rotation-views.js';
export type { SelfRequest, SelfRotation } from './self-views.js';
export type {
  HostPerson,
  ProviderOptions,
  SignedInHook,
  SignInOptions,
} from './sign-in-options.js';
export type { MetricSample, Readiness } from './standing-views.js';
export type { Usage, UsageFilter } from './usage-views.js';
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
} from './views.js';

/**
 * Makes a Keyturn over a database. It is opened on first use.
 * @throws {KeyturnError} `config_invalid`: an option cannot be.
 */
export function createKeyturn(options: KeyturnOptions): Promise<Keyturn> {
  return makeKeyturn(options);
}
