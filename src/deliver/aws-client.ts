import { InternalError } from '../errors.js';
import type { NetworkFailure } from '../outside/network.js';
import { failed, lost, type NetworkOutside, throttledFor } from './call.js';
import type { Connection } from './connection.js';
import type { DeliveryFailure } from './destination.js';
import { waitMsOf } from './retry-after.js';

const PACKAGE = '@aws-sdk/client-secrets-manager';
const TIMEOUT_MS = 6_000; // As every other service has.
const MAX_ANSWER_BYTES = 1_048_576; // A secret holds 64 KiB.

type Sdk = typeof import('@aws-sdk/client-secrets-manager');

interface Output {
  readonly SecretString?: string | undefined;
  readonly VersionId?: string | undefined;
}

type Command = InstanceType<
  Sdk['GetSecretValueCommand' | 'PutSecretValueCommand' | 'UpdateSecretVersionStageCommand']
>;

/** What came of a command. `refused`: AWS said no, and its word for why is `name`. */
type AwsAnswer =
  | { readonly kind: 'answered'; readonly output: Output }
  | {
      readonly kind: 'refused';
      readonly name: string;
      /** The secret is there; the version or stage is not. */
      readonly isOfStage: boolean;
      readonly failure: DeliveryFailure;
    }
  | DeliveryFailure;

/** Sends one command, under the credentials as they are now. */
export type AwsCall = (make: (sdk: Sdk) => Command) => Promise<AwsAnswer>;

/** The SDK signs and reads; what it sends goes through our own network, under its bounds. */
export function openAws(outside: NetworkOutside, connection: Connection<'aws'>): AwsCall {
  return async (make) => {
    const sdk = await sdkOrNone();
    if (sdk === undefined) {
      const message = `AWS is spoken to by the package ${PACKAGE}, which cannot be loaded. Run: npm install ${PACKAGE}`;
      return failed('internal', message);
    }
    const handler = new Handler(outside, await authorityOf(outside, connection));
    const config = await configOf(outside, connection);
    if ('kind' in config) return config;
    const client = new sdk.SecretsManagerClient({ ...config, requestHandler: handler });
    try {
      return { kind: 'answered', output: await send(client, make(sdk)) };
    } catch (error) {
      if (handler.failure !== undefined) return lost(handler.failure, connection.name);
      return judge(error, { name: connection.name, nowMs: outside.clock.nowMs() });
    }
  };
}

/** Undefined, too, where it cannot be read: the platform's own then trust no such server. */
async function authorityOf({ connections }: NetworkOutside, { ca }: Connection<'aws'>) {
  return ca === undefined ? undefined : connections.file(ca);
}

async function configOf(outside: NetworkOutside, connection: Connection<'aws'>) {
  const credentials = await credentialsOf(outside, connection);
  if (credentials !== undefined && 'kind' in credentials) return credentials;
  return {
    region: connection.region,
    ...(connection.url === undefined ? {} : { endpoint: connection.url }),
    ...(credentials === undefined ? {} : { credentials }),
    maxAttempts: 1, // A rotation tries again by itself, and knows when.
  };
}

async function sdkOrNone(): Promise<Sdk | undefined> {
  return import('@aws-sdk/client-secrets-manager').catch(() => undefined);
}

/** The client's own signature knows each command alone, and not one of several. */
function send(client: InstanceType<Sdk['SecretsManagerClient']>, command: Command) {
  const sender: { send(one: Command): Promise<Output> } = client;
  return sender.send(command);
}

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Undefined: the SDK finds them by itself. */
async function credentialsOf(
  { connections }: NetworkOutside,
  { name, ...given }: Connection<'aws'>,
): Promise<Credentials | undefined | DeliveryFailure> {
  if (given.accessKeyId === undefined || given.secretAccessKey === undefined) return undefined;
  const id = await connections.read(given.accessKeyId, name);
  if ('kind' in id) return id;
  const secret = await connections.read(given.secretAccessKey, name);
  if ('kind' in secret) return secret;
  const keys = { accessKeyId: id.reveal(), secretAccessKey: secret.reveal() };
  if (given.sessionToken === undefined) return keys;
  const session = await connections.read(given.sessionToken, name);
  return 'kind' in session ? session : { ...keys, sessionToken: session.reveal() };
}

/** A request of the SDK's, signed. */
interface Signed {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number | undefined;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** What the SDK hands its requests to. */
class Handler {
  readonly #outside: NetworkOutside;
  readonly #ca: string | undefined;
  failure: NetworkFailure | undefined;

  constructor(outside: NetworkOutside, ca: string | undefined) {
    this.#outside = outside;
    this.#ca = ca;
  }

  async handle(request: Signed) {
    const { protocol, hostname, port, path, headers, body } = request;
    const answer = await this.#outside.network.request({
      method: 'POST', // All of this service is.
      url: `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}`,
      headers,
      body: typeof body === 'string' || body instanceof Uint8Array ? body : undefined,
      timeoutMs: this.#outside.timeoutMs ?? TIMEOUT_MS,
      maxBytes: MAX_ANSWER_BYTES,
      ca: this.#ca,
    });
    if (answer.kind === 'failed') {
      this.failure = answer;
      throw new InternalError('The network did not bring an answer.');
    }
    const { status: statusCode, headers: sent } = answer;
    return { response: { statusCode, headers: { ...sent }, body: Buffer.from(answer.body) } };
  }

  updateHttpClientConfig(): void {} // Its bounds are ours.

  httpHandlerConfigs() {
    return {};
  }
}

const REFUSED_CREDENTIAL =
  /^(AccessDenied|UnrecognizedClient|InvalidSignature|SignatureDoesNotMatch|ExpiredToken|IncompleteSignature|InvalidClientTokenId|MissingAuthenticationToken|NotAuthorized|CredentialsProvider)/;
const THROTTLED = /^(Throttling|TooManyRequests|RequestLimitExceeded|LimitExceeded)/;

/** Which connection, and when. */
interface Told {
  readonly name: string;
  readonly nowMs: number;
}

function judge(error: unknown, told: Told): AwsAnswer {
  const [word, text] = error instanceof Error ? [error.name, error.message] : ['', ''];
  const isOfStage = text.includes('staging label');
  return { kind: 'refused', name: word, isOfStage, failure: failureOf(word, told, error) };
}

/** AWS's own text is left out: it may repeat what was sent. */
function failureOf(word: string, { name, nowMs }: Told, error: unknown): DeliveryFailure {
  if (REFUSED_CREDENTIAL.test(word)) {
    const advice = 'Check its credential, and the rights that its page in the documentation lists.';
    return failed(
      'destination_auth',
      `Connection "${name}" is refused by AWS (${word}). ${advice}`,
    );
  }
  if (THROTTLED.test(word)) return throttledFor(name, waitMsOf(retryAfterOf(error), nowMs));
  if (word === 'ResourceNotFoundException') {
    return failed('target_missing', `Connection "${name}": AWS knows no such secret. Create it.`);
  }
  if (/^(InvalidRequest|DecryptionFailure|EncryptionFailure)/.test(word)) {
    const advice = 'Is it to be deleted, or is its KMS key gone?';
    return failed('target_missing', `Connection "${name}": it cannot be used (${word}). ${advice}`);
  }
  const shown = /^\w{1,64}$/.test(word) ? word : 'unknown';
  return failed('transient', `Connection "${name}": AWS is not well (${shown}).`);
}

function retryAfterOf(error: unknown): string | undefined {
  const response: unknown = error instanceof Error ? Reflect.get(error, '$response') : undefined;
  if (typeof response !== 'object' || response === null) return undefined;
  const headers: unknown = Reflect.get(response, 'headers');
  if (typeof headers !== 'object' || headers === null) return undefined;
  const wait: unknown = Reflect.get(headers, 'retry-after');
  return typeof wait === 'string' ? wait : undefined;
}
