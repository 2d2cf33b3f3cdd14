import { signatureFault } from './aws-signature.js';
import { hasOnly, type Said, startVendor, TOKEN, UNWANTED, type Vendor } from './vendor.js';

// Strict server written from the documentation, not a real one. It checks Signature Version 4:
// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html
// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html
export const ACCESS_KEY_ID = 'AKIDEXAMPLE';
const NAME = 'shop/api';

export interface Aws extends Vendor {
  readonly versions: Map<string, string>;
  /** Which version a label is on. */
  readonly stages: Map<string, string>;
  denied: string | undefined;
}

function refusal(type: string, message = '', status = 400): Said {
  return { status, body: { __type: type, message } };
}

export async function startAws(): Promise<Aws> {
  const versions = new Map<string, string>();
  const stages = new Map<string, string>();
  let made = 0;
  const makeCurrent = (version: string) => {
    const before = stages.get('AWSCURRENT');
    if (before !== undefined && before !== version) stages.set('AWSPREVIOUS', before);
    stages.set('AWSCURRENT', version);
  };
  const acts: Record<string, (json: Readonly<Record<string, unknown>>) => Said> = {
    GetSecretValue(json) {
      const stage = String(json['VersionStage'] ?? 'AWSCURRENT');
      const VersionId = stages.get(stage);
      if (VersionId === undefined) {
        const message = `Secrets Manager can't find the specified secret value for staging label: ${stage}`;
        return refusal('ResourceNotFoundException', message);
      }
      const SecretString = versions.get(VersionId);
      return { status: 200, body: { Name: NAME, SecretString, VersionId } };
    },
    PutSecretValue(json) {
      const token = String(json['ClientRequestToken']);
      const text = String(json['SecretString']);
      const isValid = token.length >= 32 && token.length <= 64 && !text.includes(UNWANTED);
      if (!isValid) return refusal('InvalidParameterException', text);
      const before = versions.get(token);
      if (before !== undefined && before !== text) return refusal('ResourceExistsException');
      versions.set(token, text);
      const labels = json['VersionStages'];
      if (labels === undefined || versions.size === 1) makeCurrent(token);
      for (const label of [labels ?? []].flat()) stages.set(String(label), token);
      return { status: 200, body: { Name: NAME, VersionId: token } };
    },
    UpdateSecretVersionStage(json) {
      const { VersionStage, MoveToVersionId, RemoveFromVersionId } = json;
      const has = stages.get(String(VersionStage));
      if (has !== RemoveFromVersionId && has !== MoveToVersionId) {
        return refusal('InvalidParameterException', 'The staging label is on another version.');
      }
      makeCurrent(String(MoveToVersionId));
      return { status: 200, body: { Name: NAME } };
    },
  };
  const fields = ['SecretId', 'ClientRequestToken', 'SecretString', 'VersionStages'];
  const more = ['VersionStage', 'MoveToVersionId', 'RemoveFromVersionId'];
  const vendor = await startVendor({
    rules: [
      ({ method, path, headers }, violate) => {
        if (method !== 'POST' || path !== '/') violate('not POST /');
        if (headers['content-type'] !== 'application/x-amz-json-1.1') violate('no x-amz-json-1.1');
        return undefined;
      },
      (heard) => {
        const fault = signatureFault(heard, { id: ACCESS_KEY_ID, secret: TOKEN });
        return fault === undefined ? undefined : refusal(fault);
      },
      ({ headers, json }, violate) => {
        const act = String(headers['x-amz-target']).replace('secretsmanager.', '');
        if (aws.denied === act) return refusal('AccessDeniedException', 'User is not authorized');
        if (!hasOnly(json, ...fields, ...more)) violate('an unknown field');
        if (json['SecretId'] === NAME) return acts[act]?.(json);
        return refusal('ResourceNotFoundException', "Secrets Manager can't find the secret.");
      },
    ],
    isWrite: ({ headers }) => headers['x-amz-target'] === 'secretsmanager.UpdateSecretVersionStage',
    throttled: {
      ...refusal('ThrottlingException', 'Rate exceeded'),
      headers: { 'retry-after': '7' },
    },
    down: refusal('InternalServiceError', '', 500),
    held: () => versions.get(stages.get('AWSCURRENT') ?? ''),
    put(value) {
      made += 1;
      const version = `somebody-else-${made}`.padEnd(36, '0');
      versions.set(version, value);
      makeCurrent(version);
    },
  });
  const aws: Aws = Object.assign(vendor, { versions, stages, denied: undefined });
  return aws;
}
