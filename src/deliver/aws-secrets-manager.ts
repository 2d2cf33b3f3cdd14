import { createHash } from 'node:crypto';
import { objectOf, required, text } from '../form.js';
import { digestOf } from '../keys/digest.js';
import type { Plaintext } from '../keys/plaintext.js';
import { type AwsCall, openAws } from './aws-client.js';
import { failed, type NetworkOutside } from './call.js';
import { compareAndWrite, type Put } from './compare-and-write.js';
import type { DeliveryFailure, DestinationKind, Reading } from './destination.js';
import { connectionName, named } from './settings.js';

// https://docs.aws.amazon.com/secretsmanager/latest/apireference/
const CURRENT = 'AWSCURRENT';
const STAGED = 'KEYTURN'; // Ours, on a version until it is current. AWSPENDING is AWS's own rotation's.

interface Settings {
  readonly connection: string;
  /** Name or ARN. */
  readonly secret: string;
  /** A field of the JSON object that the secret is. Absent: the whole text. */
  readonly field?: string;
}

/**
 * A secret of AWS Secrets Manager, or one field of it. A version is put aside first, and made
 * current only if the one that was read still is; AWS keeps that as AWSPREVIOUS.
 */
export const awsSecretsManager: DestinationKind<Settings, NetworkOutside> = {
  kind: 'aws',
  settings: required(
    objectOf({
      connection: connectionName,
      secret: named('the name or ARN of a secret', /^[A-Za-z0-9/_+=.@:-]{1,600}$/),
      field: text,
    }),
  ),
  open(settings, outside) {
    const aws = openAws(outside, outside.connections.get(settings.connection, 'aws'));
    const { secret, field } = settings;
    const read = async () => readingOf(await held(aws, settings), field);
    return {
      place: `connection "${settings.connection}": ${secret}${field === undefined ? '' : `, field ${field}`}`,
      async preflight() {
        const found = await read();
        return found.kind === 'failed' ? found : { kind: 'ready' };
      },
      read,
      write: (value, expected) =>
        compareAndWrite(
          { read, put: ({ version }) => put(aws, { settings, version, value }) },
          value,
          expected,
        ),
      readBack: read,
      reload: async () => ({ kind: 'nothing_to_do' }),
    };
  },
};

/** What is current. No `text`: the secret is there, and has no value yet. */
interface Held {
  readonly kind: 'held';
  readonly text?: string;
  readonly version?: string | undefined;
}

async function held(aws: AwsCall, { secret }: Settings): Promise<Held | DeliveryFailure> {
  const input = { SecretId: secret, VersionStage: CURRENT };
  const answer = await aws((sdk) => new sdk.GetSecretValueCommand(input));
  if (answer.kind === 'failed') return answer;
  if (answer.kind === 'refused') {
    if (answer.name === 'ResourceNotFoundException' && answer.isOfStage) return { kind: 'held' };
    return answer.failure;
  }
  const { SecretString: found, VersionId: version } = answer.output;
  if (found !== undefined) return { kind: 'held', text: found, version };
  return failed('target_missing', `${secret} holds bytes and no text. Name another.`);
}

function readingOf(current: Held | DeliveryFailure, field: string | undefined): Reading {
  if (current.kind === 'failed') return current;
  const { text: found, version } = current;
  if (found === undefined) return { kind: 'absent', version };
  if (field === undefined) return { kind: 'found', fingerprint: digestOf(found), version };
  const fields = fieldsOf(found);
  if ('kind' in fields) return fields;
  const value = fields.values.get(field);
  if (value === undefined) return { kind: 'absent', version };
  if (typeof value === 'string') return { kind: 'found', fingerprint: digestOf(value), version };
  return failed('target_missing', `Its field ${field} is no text. Name another.`);
}

async function put(
  aws: AwsCall,
  to: {
    readonly settings: Settings;
    readonly version: string | undefined;
    readonly value: Plaintext;
  },
): Promise<Put> {
  const { settings, version } = to;
  const content = await contentOf(aws, to);
  if (content.kind !== 'content') return content;
  // Of the content, so that what was lost on the way is put once, however often it is sent.
  const token = createHash('sha256').update(content.text).digest('hex');
  const input = {
    SecretId: settings.secret,
    ClientRequestToken: token,
    SecretString: content.text,
  };
  const stages = version === undefined ? {} : { VersionStages: [STAGED] };
  const answer = await aws((sdk) => new sdk.PutSecretValueCommand({ ...input, ...stages }));
  if (answer.kind === 'failed') return answer;
  if (answer.kind === 'refused') {
    if (answer.name === 'ResourceExistsException') return { kind: 'conflict' };
    return isInvalid(answer.name) ? rejected(settings) : answer.failure;
  }
  if (version === undefined) return { kind: 'written', version: answer.output.VersionId };
  return makeCurrent(aws, { secret: settings.secret, from: version, to: token });
}

/** AWS moves the label only from the version that has it: a compare-and-swap. */
async function makeCurrent(
  aws: AwsCall,
  { secret, from, to }: { readonly secret: string; readonly from: string; readonly to: string },
): Promise<Put> {
  const input = {
    SecretId: secret,
    VersionStage: CURRENT,
    MoveToVersionId: to,
    RemoveFromVersionId: from,
  };
  const answer = await aws((sdk) => new sdk.UpdateSecretVersionStageCommand(input));
  if (answer.kind === 'failed') return answer;
  if (answer.kind === 'answered') return { kind: 'written', version: to };
  return isInvalid(answer.name) ? { kind: 'conflict' } : answer.failure;
}

type Content = { readonly kind: 'content'; readonly text: string };

/** The whole text, with the other fields as they are. */
async function contentOf(
  aws: AwsCall,
  { settings, version, value }: Parameters<typeof put>[1],
): Promise<Content | Put> {
  const { field } = settings;
  if (field === undefined) return { kind: 'content', text: value.reveal() };
  const current = await held(aws, settings);
  if (current.kind === 'failed') return current;
  if (current.version !== version) return { kind: 'conflict' };
  const fields = fieldsOf(current.text ?? '{}');
  if ('kind' in fields) return fields;
  fields.values.set(field, value.reveal());
  return { kind: 'content', text: JSON.stringify(Object.fromEntries(fields.values)) };
}

function fieldsOf(found: string): { readonly values: Map<string, unknown> } | DeliveryFailure {
  const parsed = parse(found);
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    return failed('target_missing', 'It is no JSON object. Leave "field" out, or name another.');
  }
  if (hasInexact(parsed)) {
    const advice = 'Write it as a text there.';
    return failed('target_missing', `It holds a number that would be changed. ${advice}`);
  }
  return { values: new Map(Object.entries(parsed)) };
}

/** JSON may hold numbers that JavaScript rounds. */
function hasInexact(value: unknown): boolean {
  if (typeof value === 'number') return Number.isInteger(value) && !Number.isSafeInteger(value);
  return typeof value === 'object' && value !== null && Object.values(value).some(hasInexact);
}

function isInvalid(name: string): boolean {
  return name === 'InvalidParameterException' || name === 'ValidationException';
}

function rejected({ secret }: Settings): DeliveryFailure {
  return failed('value_rejected', `AWS takes no such value for ${secret}.`);
}

function parse(found: string): unknown {
  try {
    return JSON.parse(found);
  } catch {
    return undefined;
  }
}
