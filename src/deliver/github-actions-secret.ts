import { InvalidRequestError } from '../errors.js';
import { objectOf, required } from '../form.js';
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
  throttledFor,
  unexpected,
} from './call.js';
import { compareAndWrite, type Put } from './compare-and-write.js';
import type { DeliveryFailure, DestinationKind, Reading } from './destination.js';
import { waitMsOf } from './retry-after.js';
import { connectionName, named } from './settings.js';

// https://docs.github.com/rest/actions/secrets
const API_VERSION = '2022-11-28';
const PACKAGE = 'libsodium-wrappers';
const PAGE = 100;
const MAX_PAGES = 10; // A secret of more than 1 000 chosen repositories is no longer chosen.
const OWNER = /^[A-Za-z0-9-]{1,39}$/;
const REPOSITORY = /^[A-Za-z0-9-]{1,39}\/[A-Za-z0-9._-]{1,100}$/;

interface Settings {
  readonly connection: string;
  /** One of the two: `acme/api`, or an organisation. */
  readonly repository?: string;
  readonly organisation?: string;
  /** Of the repository. */
  readonly environment?: string;
  readonly secret: string;
}

/**
 * A secret of GitHub Actions, of a repository, one of its environments, or an organisation. GitHub
 * tells nobody what it holds: only when it was changed, to the second.
 */
export const githubActionsSecret: DestinationKind<Settings, NetworkOutside> = {
  kind: 'github',
  settings: required(
    objectOf({
      connection: connectionName,
      repository: { ...named('a repository like "acme/api"', REPOSITORY), isRequired: false },
      organisation: { ...named('an organisation', OWNER), isRequired: false },
      environment: { ...named('an environment', /^[^\p{Cc}]{1,255}$/u), isRequired: false },
      secret: named('the name of a secret', /^(?!GITHUB_)[A-Za-z_][A-Za-z0-9_]{0,254}$/i),
    }),
  ),
  open(settings, outside) {
    const service = serviceOf(settings, outside);
    const folder = folderOf(settings);
    const where = { ...settings, folder, path: `${folder}/${settings.secret}` };
    const read = () => readingFrom(service, where);
    return {
      place: `connection "${settings.connection}": secret ${settings.secret} of ${ownerOf(settings)}`,
      async preflight() {
        const sodium = await sodiumOrNone();
        if ('kind' in sodium) return sodium;
        const found = await read();
        if (found.kind === 'failed') return found;
        const key = await keyOf(service, where);
        return key.kind === 'failed' ? key : { kind: 'ready' };
      },
      read,
      write: (value, expected) =>
        compareAndWrite({ read, put: () => put(service, where, value) }, value, expected),
      readBack: read,
      reload: async () => ({ kind: 'nothing_to_do' }),
    };
  },
};

interface Where extends Settings {
  readonly folder: string;
  readonly path: string;
}

function folderOf({ repository, organisation, environment }: Settings): string {
  const isOne = (repository === undefined) !== (organisation === undefined);
  if (!isOne || (environment !== undefined && repository === undefined)) {
    const message = 'is neither of a repository nor of an organisation.';
    const fix = 'Send "repository", with or without "environment", or "organisation".';
    throw new InvalidRequestError([{ pointer: '/settings', message, fix }]);
  }
  if (repository === undefined) return `/orgs/${organisation}/actions/secrets`;
  if (environment === undefined) return `/repos/${repository}/actions/secrets`;
  return `/repos/${repository}/environments/${encodeURIComponent(environment)}/secrets`;
}

function ownerOf({ repository, organisation, environment }: Settings): string {
  if (environment === undefined) return String(repository ?? organisation);
  return `${repository}, environment ${environment}`;
}

function serviceOf(settings: Settings, outside: NetworkOutside): Service {
  const connection = outside.connections.get(settings.connection, 'github');
  return {
    outside,
    connection,
    credential: connection.token,
    headersFor: (credential) => ({
      accept: 'application/vnd.github+json',
      authorization: `Bearer ${credential.reveal()}`,
      'x-github-api-version': API_VERSION,
    }),
  };
}

async function readingFrom(service: Service, where: Where): Promise<Reading> {
  const answer = await ask(service, where.path);
  if (answer.kind === 'failed') return answer;
  if (answer.status === 200) {
    return { kind: 'unreadable', version: textAt(answer.body, 'updated_at') };
  }
  if (answer.status !== 404) return unexpected(where.connection, answer);
  // No such secret, or no such repository, or none that this token may see: all are 404.
  const key = await keyOf(service, where);
  return key.kind === 'failed' ? key : { kind: 'absent' };
}

interface PublicKey {
  readonly kind: 'key';
  readonly id: string;
  readonly key: string;
}

async function keyOf(service: Service, where: Where): Promise<PublicKey | DeliveryFailure> {
  const answer = await ask(service, `${where.folder}/public-key`);
  if (answer.kind === 'failed') return answer;
  if (answer.status === 404) {
    const advice = 'or its token may not see its secrets';
    const message = `Connection "${where.connection}": there is no ${ownerOf(where)}, ${advice}.`;
    return failed('target_missing', message);
  }
  const [id, key] = [textAt(answer.body, 'key_id'), textAt(answer.body, 'key')];
  if (answer.status === 200 && id !== undefined && key !== undefined)
    return { kind: 'key', id, key };
  return unexpected(where.connection, answer);
}

async function put(service: Service, where: Where, value: Plaintext): Promise<Put> {
  const key = await keyOf(service, where);
  if (key.kind === 'failed') return key;
  const audience = await audienceOf(service, where);
  if (audience.kind === 'failed') return audience;
  const sealed = await sealedFor(key.key, value);
  if (typeof sealed !== 'string') return sealed;
  const body = { encrypted_value: sealed, key_id: key.id, ...audience.fields };
  const answer = await call(service, { method: 'PUT', path: where.path, body });
  const judged = judge(answer, service);
  if (judged.kind === 'failed') return judged;
  const { status } = judged;
  if (status === 201 || status === 204) return { kind: 'written' };
  if (status === 422 || status === 413) {
    const message = `GitHub takes no such value for ${where.secret} (${status}).`;
    return failed('value_rejected', message);
  }
  return unexpected(where.connection, judged);
}

interface Audience {
  readonly kind: 'audience';
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Who sees an organisation's secret has to be said again with each write. A new one: nobody yet. */
async function audienceOf(service: Service, where: Where): Promise<Audience | DeliveryFailure> {
  if (where.organisation === undefined) return { kind: 'audience', fields: {} };
  const found = await ask(service, where.path);
  if (found.kind === 'failed') return found;
  const visibility = found.status === 404 ? 'selected' : textAt(found.body, 'visibility');
  if (visibility !== 'selected') return { kind: 'audience', fields: { visibility } };
  const ids = found.status === 404 ? [] : await chosen(service, where);
  if ('kind' in ids) return ids;
  return { kind: 'audience', fields: { visibility, selected_repository_ids: ids } };
}

async function chosen(
  service: Service,
  where: Where,
): Promise<readonly unknown[] | DeliveryFailure> {
  const ids: unknown[] = [];
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const path = `${where.path}/repositories?per_page=${PAGE}&page=${page}`;
    const answer = await ask(service, path);
    if (answer.kind === 'failed') return answer;
    const found = at(answer.body, 'repositories');
    if (answer.status !== 200 || !Array.isArray(found)) return unexpected(where.connection, answer);
    ids.push(...found.map((one) => at(one, 'id')));
    if (found.length < PAGE) return ids;
  }
  const message = `${where.secret} is chosen for more than ${MAX_PAGES * PAGE} repositories.`;
  return failed('target_missing', `${message} Make it visible to all of them, or to fewer.`);
}

async function ask(service: Service, path: string): Promise<Answered | DeliveryFailure> {
  return judge(await call(service, { method: 'GET', path }), service);
}

/**
 * GitHub's 403 is a limit as often as a lack of rights; its headers tell which.
 * https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
 */
function judge(
  answer: Answered | DeliveryFailure,
  { connection, outside }: Service,
): Answered | DeliveryFailure {
  if (answer.kind === 'failed' || answer.status !== 403) return answer;
  const { 'retry-after': wait, 'x-ratelimit-remaining': left } = answer.headers;
  const nowMs = outside.clock.nowMs();
  if (wait !== undefined) return throttledFor(connection.name, waitMsOf(wait, nowMs));
  if (left !== '0') return forbidden(connection.name, 'do this');
  const resetMs = Number(answer.headers['x-ratelimit-reset']) * 1_000;
  if (!Number.isFinite(resetMs)) return throttledFor(connection.name);
  return throttledFor(connection.name, resetMs - nowMs);
}

/** A sealed box (https://doc.libsodium.org/public-key_cryptography/sealed_boxes), in base64. */
async function sealedFor(publicKey: string, value: Plaintext): Promise<string | DeliveryFailure> {
  const sodium = await sodiumOrNone();
  if ('kind' in sodium) return sodium;
  const box = sodium.crypto_box_seal(value.reveal(), Buffer.from(publicKey, 'base64'));
  return Buffer.from(box).toString('base64');
}

async function sodiumOrNone() {
  try {
    const { default: sodium } = await import('libsodium-wrappers');
    await sodium.ready;
    return sodium;
  } catch {
    const message = `GitHub takes secrets in sealed boxes, made with the package ${PACKAGE}, which cannot be loaded. Run: npm install ${PACKAGE}`;
    return failed('internal', message);
  }
}
