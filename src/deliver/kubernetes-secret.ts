import { listOf, objectOf, required } from '../form.js';
import { digestOf } from '../keys/digest.js';
import { formatTime } from '../keys/duration.js';
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
import { connectionName, named } from './settings.js';

// https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/secret-v1/
const PATCH = 'application/strategic-merge-patch+json';
const RESTARTED_AT = 'kubectl.kubernetes.io/restartedAt'; // As `kubectl rollout restart` does it.
const NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/; // RFC 1123 §2.1, as Kubernetes names things.
const WORKLOAD = /^(deployment|statefulset|daemonset)\/([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?)$/;

interface Settings {
  readonly connection: string;
  readonly namespace: string;
  readonly secret: string;
  /** The key within the Secret's `data`. */
  readonly field: string;
  /** What is restarted after a change: `deployment/api`, `statefulset/…`, `daemonset/…`. */
  readonly restart?: readonly string[];
}

const name = named('a name of Kubernetes', NAME);
const workload = named('a workload like "deployment/api"', WORKLOAD);

/**
 * One field of a Kubernetes Secret. A write names the `resourceVersion` it was read at; the Secret
 * must be there, since the right to create one cannot be bound to a name.
 */
export const kubernetesSecret: DestinationKind<Settings, NetworkOutside> = {
  kind: 'kubernetes',
  settings: required(
    objectOf({
      connection: connectionName,
      namespace: name,
      secret: name,
      field: named('a key of a Secret', /^[-._a-zA-Z0-9]{1,253}$/),
      restart: listOf(workload, 'a list of workloads'),
    }),
  ),
  open(settings, outside) {
    const { namespace, secret, field, restart = [] } = settings;
    const service = serviceOf(settings, outside);
    const path = `/api/v1/namespaces/${namespace}/secrets/${secret}`;
    const read = async () => readingOf(await call(service, { method: 'GET', path }), settings);
    const patches = restart.map((one) => ({ one, path: pathOfWorkload(namespace, one) }));
    return {
      place: `connection "${settings.connection}": Secret ${namespace}/${secret}, field ${field}`,
      async preflight() {
        const found = await read();
        if (found.kind === 'failed') return found;
        // A dry run asks for the right to change, and changes nothing.
        for (const one of [path, ...patches.map((patch) => patch.path)]) {
          const fault = await patched(service, { path: `${one}?dryRun=All`, body: {} });
          if (fault.kind !== 'answered') return fault;
        }
        return { kind: 'ready' };
      },
      read,
      write: (value, expected) =>
        compareAndWrite(
          { read, put: ({ version }) => put(service, { path, field, version, value }) },
          value,
          expected,
        ),
      readBack: read,
      async reload() {
        const annotations = { [RESTARTED_AT]: formatTime(outside.clock.nowMs()) };
        const body = { spec: { template: { metadata: { annotations } } } };
        for (const patch of patches) {
          const fault = await patched(service, { path: patch.path, body });
          if (fault.kind !== 'answered') return fault;
        }
        return { kind: restart.length > 0 ? 'reloaded' : 'nothing_to_do' };
      },
    };
  },
};

function serviceOf(settings: Settings, outside: NetworkOutside): Service {
  const connection = outside.connections.get(settings.connection, 'kubernetes');
  return {
    outside,
    connection,
    credential: connection.token,
    headersFor: (credential) => ({ authorization: `Bearer ${credential.reveal()}` }),
  };
}

function readingOf(
  answer: Answered | DeliveryFailure,
  { connection, namespace, secret, field }: Settings,
): Reading {
  if (answer.kind === 'failed') return answer;
  if (answer.status === 403) return forbidden(connection, `get Secret ${namespace}/${secret}`);
  if (answer.status === 404) {
    const advice = 'Create it, with or without the field.';
    return failed('target_missing', `There is no Secret ${namespace}/${secret}. ${advice}`);
  }
  if (answer.status !== 200) return unexpected(connection, answer);
  if (at(answer.body, 'immutable') === true) {
    return failed('target_missing', `Secret ${namespace}/${secret} is immutable. Name another.`);
  }
  const version = textAt(answer.body, 'metadata', 'resourceVersion');
  const encoded = textAt(answer.body, 'data', field);
  if (encoded === undefined) return { kind: 'absent', version };
  const value = Buffer.from(encoded, 'base64').toString('utf8');
  return { kind: 'found', fingerprint: digestOf(value), version };
}

async function put(
  service: Service,
  to: {
    readonly path: string;
    readonly field: string;
    readonly version: string | undefined;
    readonly value: Plaintext;
  },
): Promise<Put> {
  const encoded = Buffer.from(to.value.reveal()).toString('base64');
  const body = { metadata: { resourceVersion: to.version }, data: { [to.field]: encoded } };
  const { path } = to;
  const answer = await call(service, { method: 'PATCH', path, body, contentType: PATCH });
  if (answer.kind === 'failed') return answer;
  if (answer.status === 409) return { kind: 'conflict' };
  if (answer.status === 400 || answer.status === 422) {
    const message = `Kubernetes takes no such value (${answer.status}).`;
    return failed('value_rejected', message);
  }
  const fault = faultOf(answer, service);
  if (fault !== undefined) return fault;
  return { kind: 'written', version: textAt(answer.body, 'metadata', 'resourceVersion') };
}

async function patched(
  service: Service,
  { path, body }: { readonly path: string; readonly body: unknown },
): Promise<Answered | DeliveryFailure> {
  const answer = await call(service, { method: 'PATCH', path, body, contentType: PATCH });
  if (answer.kind === 'failed') return answer;
  if (answer.status === 409) return failed('transient', `${path} was changed at the same moment.`);
  return faultOf(answer, service, path.replace(/\?.*/, '')) ?? answer;
}

function faultOf(
  answer: Answered,
  { connection }: Service,
  path = 'the Secret',
): DeliveryFailure | undefined {
  if (answer.status === 200) return undefined;
  if (answer.status === 403) return forbidden(connection.name, `patch ${path}`);
  if (answer.status === 404) return failed('target_missing', `There is no ${path}.`);
  return unexpected(connection.name, answer);
}

function pathOfWorkload(namespace: string, workload: string): string {
  const [kind, name] = workload.split('/');
  return `/apis/apps/v1/namespaces/${namespace}/${kind}s/${name}`;
}
