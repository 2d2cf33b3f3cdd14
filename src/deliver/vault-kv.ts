import { objectOf, required } from '../form.js';
import { digestOf } from '../keys/digest.js';
import type { Plaintext } from '../keys/plaintext.js';
import {
  type Answered,
  at,
  call,
  failed,
  forbidden,
  type NetworkOutside,
  type Service,
  textAt,
  unexpected,
} from './call.js';
import { compareAndWrite, type Put } from './compare-and-write.js';
import type { DeliveryFailure, DestinationKind, Reading } from './destination.js';
import { connectionName, encoded, named, pathOf } from './settings.js';

// https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2
// https://openbao.org/api-docs/secret/kv/kv-v2/
const MERGE_PATCH = 'application/merge-patch+json'; // RFC 7396
const GONE = 'gone '; // Before a version that holds no data: deleted, or 0 where there never was one.
const BEHIND = 412; // A standby that has not heard of an earlier write of ours.

interface Settings {
  readonly connection: string;
  /** Where the engine is mounted. Absent: `secret`. */
  readonly mount?: string;
  readonly path: string;
  readonly field: string;
}

/**
 * One field of a secret in a KV engine, version 2, of HashiCorp Vault or OpenBao. Each write names
 * the version that it replaces (`cas`); the other fields are not even read into it.
 */
export const vaultKv: DestinationKind<Settings, NetworkOutside> = {
  kind: 'vault',
  settings: required(
    objectOf({
      connection: connectionName,
      mount: { ...pathOf('the path of a KV engine'), isRequired: false },
      path: pathOf('the path of a secret'),
      field: named('the name of a field', /^[^\p{Cc}]{1,256}$/u),
    }),
  ),
  open(settings, outside) {
    const service = serviceOf(settings, outside);
    const { mount = 'secret', path, field } = settings;
    const where = { ...settings, apiPath: `${encoded(mount)}/data/${encoded(path)}` };
    const read = async () =>
      readingOf(await call(service, { method: 'GET', path: `/v1/${where.apiPath}` }), where);
    return {
      place: `connection "${settings.connection}": ${mount}/${path}, field ${field}`,
      async preflight() {
        const found = await read();
        if (found.kind === 'failed') return found;
        const needed = isBegun(found) ? 'patch' : 'create';
        const paths = [`${mount}/data/${path}`];
        const fault = await capable(service, { paths, needed });
        return fault ?? (await unversioned(service, where)) ?? READY;
      },
      read,
      write: (value, expected) =>
        compareAndWrite(
          { read, put: (now) => put(service, { where, now, value }) },
          value,
          expected,
        ),
      readBack: read,
      reload: async () => ({ kind: 'nothing_to_do' }),
    };
  },
};

const READY = { kind: 'ready' } as const;

interface Where extends Settings {
  readonly apiPath: string;
}

function serviceOf(settings: Settings, outside: NetworkOutside): Service {
  const connection = outside.connections.get(settings.connection, 'vault');
  const { namespace } = connection;
  return {
    outside,
    connection,
    credential: connection.token,
    headersFor: (credential) => ({
      'x-vault-token': credential.reveal(),
      'x-vault-request': 'true', // An agent in between asks for it, against forged requests.
      ...(namespace === undefined ? {} : { 'x-vault-namespace': namespace }),
    }),
  };
}

function readingOf(answer: Answered | DeliveryFailure, where: Where): Reading {
  if (answer.kind === 'failed') return answer;
  const { status, body } = answer;
  if (status === 403) return forbidden(where.connection, `read ${where.apiPath}`);
  const number = at(body, 'data', 'metadata', 'version');
  const version = typeof number === 'number' ? String(number) : undefined;
  if (status === 404) return absentOf(answer, version ?? '0', where);
  if (status !== 200) return otherwise(answer, where);
  if (version === undefined) return notVersioned(where);
  const value = at(body, 'data', 'data', where.field);
  if (value === undefined || value === null) return { kind: 'absent', version };
  if (typeof value === 'string') return { kind: 'found', fingerprint: digestOf(value), version };
  return failed('target_missing', `${where.apiPath}: ${where.field} is no text. Name another.`);
}

/** Nothing yet, or its last version was deleted, or no engine: all are `404`. */
function absentOf({ body }: Answered, version: string, where: Where): Reading {
  const errors = [at(body, 'errors')].flat().filter(isText);
  const isNoEngine = errors.some((said) => said.includes('no handler for route'));
  return isNoEngine ? notVersioned(where) : { kind: 'absent', version: `${GONE}${version}` };
}

function notVersioned({ apiPath }: Where): DeliveryFailure {
  const advice = 'Is its "mount" right?';
  return failed('target_missing', `There is no KV engine of version 2 at ${apiPath}. ${advice}`);
}

async function put(
  service: Service,
  {
    where,
    now,
    value,
  }: {
    readonly where: Where;
    readonly now: Exclude<Reading, DeliveryFailure>;
    readonly value: Plaintext;
  },
): Promise<Put> {
  const cas = Number(now.version?.replace(GONE, '') ?? 0);
  const body = { options: { cas }, data: { [where.field]: value.reveal() } };
  const path = `/v1/${where.apiPath}`;
  const answer = await call(
    service,
    isBegun(now)
      ? { method: 'PATCH', path, body, contentType: MERGE_PATCH }
      : { method: 'POST', path, body },
  );
  if (answer.kind === 'failed') return answer;
  const { status } = answer;
  if (status === 200)
    return { kind: 'written', version: String(at(answer.body, 'data', 'version')) };
  // A deleted version cannot be patched; it is gone since it was read.
  if (isMismatch(answer) || status === 404) return { kind: 'conflict' };
  if (status === 403) return forbidden(where.connection, `write ${where.apiPath}`);
  if (status === 400 || status === 413) {
    return failed('value_rejected', `${where.apiPath} takes no such value (${status}).`);
  }
  return otherwise(answer, where);
}

/** Whether a version with data stands there: it is patched, else a whole one is written. */
function isBegun({ version = GONE }: { readonly version?: string | undefined }): boolean {
  return !version.startsWith(GONE);
}

function isMismatch({ status, body }: Answered): boolean {
  const errors = [at(body, 'errors')].flat().filter(isText);
  return status === 400 && errors.some((said) => /check-and-set/i.test(said));
}

function otherwise(answer: Answered, { connection }: Settings): DeliveryFailure {
  if (answer.status !== BEHIND) return unexpected(connection, answer);
  return failed('transient', `Connection "${connection}" is behind (412).`);
}

/** Every token may ask for its own rights, unless its policies leave `default` out. */
async function capable(
  service: Service,
  { paths, needed }: { readonly paths: readonly string[]; readonly needed: string },
): Promise<DeliveryFailure | undefined> {
  const path = '/v1/sys/capabilities-self';
  const answer = await call(service, { method: 'POST', path, body: { paths } });
  if (answer.kind === 'failed') return answer;
  const rights = [
    at(answer.body, 'data', 'capabilities') ?? at(answer.body, 'capabilities'),
  ].flat();
  if (answer.status !== 200 || rights.includes('root') || rights.includes(needed)) return undefined;
  return forbidden(service.connection.name, `${needed} ${paths.join(', ')}`);
}

/** A first write to an engine of version 1 would be taken there, in a shape that nobody reads. */
async function unversioned(service: Service, where: Where): Promise<DeliveryFailure | undefined> {
  const path = `/v1/sys/internal/ui/mounts/${where.apiPath}`;
  const answer = await call(service, { method: 'GET', path });
  if (answer.kind === 'failed') return answer;
  if (answer.status !== 200) return undefined; // It tells only who may see it.
  const version = textAt(answer.body, 'data', 'options', 'version');
  return version === '2' ? undefined : notVersioned(where);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
