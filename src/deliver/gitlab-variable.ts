import { InvalidRequestError } from '../errors.js';
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
import { connectionName, named, pathOf } from './settings.js';

// https://docs.gitlab.com/api/project_level_variables/
// https://docs.gitlab.com/api/group_level_variables/
const ANY_ENVIRONMENT = '*';
const NEW = { masked: true, protected: true, raw: true } as const;

interface Settings {
  readonly connection: string;
  /** One of the two: its id, or its path. */
  readonly project?: string;
  readonly group?: string;
  readonly variable: string;
  /** Absent: `*`. */
  readonly environment?: string;
}

/**
 * A CI/CD variable of a GitLab project or group. What it is beside its value (masked, protected,
 * its scope) is kept; a new one is masked, protected and raw. GitLab compares nothing when it
 * writes: what another changes in the moment between reading and writing is lost.
 */
export const gitlabVariable: DestinationKind<Settings, NetworkOutside> = {
  kind: 'gitlab',
  settings: required(
    objectOf({
      connection: connectionName,
      project: { ...pathOf('the path of a project'), isRequired: false },
      group: { ...pathOf('the path of a group'), isRequired: false },
      variable: named('the name of a variable', /^[A-Za-z0-9_]{1,255}$/),
      environment: { ...named('an environment scope', /^[^\p{Cc}]{1,255}$/u), isRequired: false },
    }),
  ),
  open(settings, outside) {
    const service = serviceOf(settings, outside);
    const { variable, environment = ANY_ENVIRONMENT } = settings;
    const owner = ownerOf(settings);
    const folder = `/api/v4/${owner.kind}s/${encodeURIComponent(owner.path)}/variables`;
    const scope = `?filter[environment_scope]=${encodeURIComponent(environment)}`;
    const where = { ...settings, folder, path: `${folder}/${variable}${scope}`, environment };
    const read = async () =>
      readingOf(await call(service, { method: 'GET', path: where.path }), where);
    return {
      place: `connection "${settings.connection}": ${owner.kind} ${owner.path}, variable ${variable} (${environment})`,
      async preflight() {
        const found = await read();
        if (found.kind === 'failed') return found;
        return (await readOnly(service)) ?? { kind: 'ready' };
      },
      read,
      write: (value, expected) =>
        compareAndWrite(
          { read, put: ({ kind }) => put(service, { where, isNew: kind === 'absent', value }) },
          value,
          expected,
        ),
      readBack: read,
      reload: async () => ({ kind: 'nothing_to_do' }),
    };
  },
};

interface Where extends Settings {
  readonly folder: string;
  readonly path: string;
  readonly environment: string;
}

/** Exactly one of the two; anything else would be somebody's guess. */
function ownerOf({ project, group }: Settings): { readonly kind: string; readonly path: string } {
  if (project !== undefined && group === undefined) return { kind: 'project', path: project };
  if (group !== undefined && project === undefined) return { kind: 'group', path: group };
  const message = 'is neither of a project nor of a group.';
  const fix = 'Send either "project" or "group".';
  throw new InvalidRequestError([{ pointer: '/settings', message, fix }]);
}

function serviceOf(settings: Settings, outside: NetworkOutside): Service {
  const connection = outside.connections.get(settings.connection, 'gitlab');
  return {
    outside,
    connection,
    credential: connection.token,
    headersFor: (credential) => ({ 'private-token': credential.reveal() }),
  };
}

function readingOf(answer: Answered | DeliveryFailure, where: Where): Reading {
  if (answer.kind === 'failed') return answer;
  const { status, body } = answer;
  if (status === 404) return missing(answer, where);
  if (status === 403) return forbidden(where.connection, 'see variables');
  if (status !== 200) return unexpected(where.connection, answer);
  const value = textAt(body, 'value');
  // A hidden one says so, and nothing else: its value is null.
  if (at(body, 'hidden') === true || value === undefined) return { kind: 'unreadable' };
  return { kind: 'found', fingerprint: digestOf(value) };
}

function missing({ body }: Answered, where: Where): Reading {
  const said = textAt(body, 'message') ?? '';
  if (/variable/i.test(said)) return { kind: 'absent' };
  const advice = 'Or its credential may not see it.';
  const what = where.project === undefined ? 'group' : 'project';
  return failed(
    'target_missing',
    `Connection "${where.connection}" has no such ${what}. ${advice}`,
  );
}

async function put(
  service: Service,
  to: { readonly where: Where; readonly isNew: boolean; readonly value: Plaintext },
): Promise<Put> {
  const { where, isNew } = to;
  const value = to.value.reveal();
  const scope = { environment_scope: where.environment };
  const answer = await call(
    service,
    isNew
      ? {
          method: 'POST',
          path: where.folder,
          body: { key: where.variable, value, ...scope, ...NEW },
        }
      : { method: 'PUT', path: where.path, body: { value } },
  );
  if (answer.kind === 'failed') return answer;
  const { status } = answer;
  if (status === 200 || status === 201) return { kind: 'written' };
  if (status === 403) return forbidden(where.connection, 'change variables');
  if (status === 400 && isTaken(answer)) return { kind: 'conflict' };
  if (status === 404) return { kind: 'conflict' };
  if (status === 400 || status === 422) {
    const advice = 'A masked one takes 8 characters and more, on one line.';
    return failed('value_rejected', `${where.variable} takes no such value (${status}). ${advice}`);
  }
  return unexpected(where.connection, answer);
}

/** Somebody made it in between. */
function isTaken({ body }: Answered): boolean {
  const said = JSON.stringify(at(body, 'message') ?? '');
  return said.includes('has already been taken');
}

/** A token tells its own scopes; where it cannot be asked (a job's, an OAuth one), a write will. */
async function readOnly(service: Service): Promise<DeliveryFailure | undefined> {
  const path = '/api/v4/personal_access_tokens/self';
  const answer = await call(service, { method: 'GET', path });
  if (answer.kind === 'failed' || answer.status !== 200) return undefined;
  const scopes = at(answer.body, 'scopes');
  if (!Array.isArray(scopes) || scopes.includes('api')) return undefined;
  return forbidden(service.connection.name, 'change variables');
}
