import { makeKeyturn } from './keyturn.js';
import type { Keyturn, KeyturnOptions } from './public.js';

export type { Actor, FieldChange, Subject } from './audit/event.js';
export { type ErrorCode, type FieldFault, KeyturnError } from './errors.js';
export type { Mistake } from './keys/mistake.js';
export type { Log, LogFields } from './ports.js';
export type {
  Caller,
  CreatedKey,
  KeyAnswer,
  Keyturn,
  KeyturnOptions,
  Management,
  MetricSample,
  Peer,
  Readiness,
  ReplayedKey,
} from './public.js';
export type {
  Accepted,
  CheckOptions,
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
  UsageFilter,
} from './views.js';

/**
 * Makes a Keyturn over a database. It is opened on first use.
 * @throws {KeyturnError} `config_invalid`: an option cannot be.
 */
export function createKeyturn(options: KeyturnOptions): Promise<Keyturn> {
  return makeKeyturn(options);
}
