import type { NetworkOutside } from '../../../src/deliver/call.js';
import { type ConnectionSettings, Connections } from '../../../src/deliver/connection.js';
import { openNetwork } from '../../../src/outside/network.js';
import { ACCESS_KEY_ID } from './aws.js';
import { TOKEN } from './vendor.js';

/** The machine's clock: two of the servers know no other. It stands still. */
export const nowMs = Date.now();

/** The way out to servers on this machine. */
export function outsideOf(
  connections: Readonly<Record<string, ConnectionSettings>>,
  { credential = TOKEN, timeoutMs = 5_000 } = {},
): NetworkOutside {
  const env = { CREDENTIAL: credential, AWS_ID: ACCESS_KEY_ID };
  return {
    network: openNetwork({ hosts: ['127.0.0.1:*'] }),
    connections: new Connections({ connections, env, readFile: async () => '' }),
    clock: { nowMs: () => nowMs },
    timeoutMs,
  };
}
