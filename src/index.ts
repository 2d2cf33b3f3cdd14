import { makeKeyturn } from './keyturn.js';
import type { Keyturn, KeyturnOptions } from './public.js';

export type { Actor, FieldChange, Subject } from './audit/event.js';
export { type ErrorCode, type FieldFault, KeyturnError } from './errors.js';
export type { Mistake } from './keys/mistake.js';
export type { Log, LogFields } from './ports.js';
export type {
  Accepted,
  Caller,
  ChainReport,
  CheckOptions,
  CreatedKey,
  Event,
  EventQuery,
  Key,
  KeyAnswer,
  KeyInput,
  KeyPatch,
  KeyQuery,
  Keyspace,
  KeyspaceInput,
  KeyspacePatch,
  Keyturn,
  KeyturnOptions,
  List,
  Management,
  MetricSample,
  Owner,
  OwnerInput,
  OwnerPatch,
  Page,
  Peer,
  Readiness,
  RefusalAnswer,
  RefusalCode,
  Refused,
  ReplayedKey,
  Secret,
  Usage,
  UsageFilter,
  Verdict,
  VerifiedKey,
  VerifyRequest,
} from './public.js';

/**
 * Makes a Keyturn over a database. It is opened on first use.
 * @throws {KeyturnError} `config_invalid`: an option cannot be.
 */
export function createKeyturn(options: KeyturnOptions): Promise<Keyturn> {
  return makeKeyturn(options);
}
