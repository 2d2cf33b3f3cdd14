import { createHash } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { hasOnly, objectIn, startVendor, UNWANTED, type Vendor } from './vendor.js';

// A receiver as docs/guides/destination-webhook.md describes one; the signatures are checked by the
// package of Standard Webhooks: https://github.com/standard-webhooks/standard-webhooks
export const SIGNING_SECRET = `whsec_${Buffer.from('a signing secret of 32 bytes ...').toString('base64')}`;

const KEY_ID = 'key_01k9z6w2r8v4t0q7m3x5b1n9hd';

export interface Receiver extends Vendor {
  /** Whether it says what it holds. */
  tells: boolean;
  readonly ids: string[];
}

export async function startReceiver(): Promise<Receiver> {
  const verifier = new Webhook(SIGNING_SECRET);
  const ids: string[] = [];
  let value: string | undefined;
  const fingerprint = () =>
    value === undefined ? null : createHash('sha256').update(value).digest('base64url');
  const shown = () => (receiver.tells ? { fingerprint: fingerprint() } : {});
  const vendor = await startVendor({
    rules: [
      ({ path, headers, text }) => {
        if (path !== '/hook/') return { status: 404 };
        const names = ['webhook-id', 'webhook-timestamp', 'webhook-signature'];
        try {
          verifier.verify(
            text,
            Object.fromEntries(names.map((one) => [one, String(headers[one])])),
          );
          return undefined;
        } catch {
          return { status: 401 };
        }
      },
      ({ method, json }, violate) => {
        if (method !== 'POST') violate('no POST');
        if (!hasOnly(json, 'type', 'timestamp', 'data')) violate('an unknown field');
        if (objectIn(json, 'data')['key'] !== KEY_ID) violate('another key');
        return json['type'] === 'secret.read' ? { status: 200, body: shown() } : undefined;
      },
      ({ headers, json }, violate) => {
        const data = objectIn(json, 'data');
        if (json['type'] !== 'secret.deliver' || data['secret'] !== 2) violate('another message');
        if (String(data['value']).includes(UNWANTED)) return { status: 422 };
        const isExpected = !receiver.tells || data['expectedFingerprint'] === fingerprint();
        if (!isExpected) return { status: 409, body: shown() };
        ids.push(String(headers['webhook-id']));
        value = String(data['value']);
        return { status: 200, body: shown() };
      },
    ],
    isWrite: ({ json }) => json['type'] === 'secret.deliver',
    throttled: { status: 429, headers: { 'retry-after': '7' } },
    down: { status: 500 },
    held: () => value,
    put(changed) {
      value = changed;
    },
  });
  const receiver: Receiver = Object.assign(vendor, { tells: true, ids });
  return receiver;
}
