import type { NetworkOutside } from '../../../src/deliver/call.js';
import { type ConnectionSettings, Connections } from '../../../src/deliver/connection.js';
import { openNetwork } from '../../../src/outside/network.js';
import { ACCESS_KEY_ID } from './aws.js';
import { TOKEN } from './vendor.js';

/** The way out to servers on this machine, whose clock some of them know. It stands still, from now on. */
export function outsideOf(
  connections: Readonly<Record<string, ConnectionSettings>>,
  { credential = TOKEN, timeoutMs = 5_000, nowMs = Date.now() } = {},
): NetworkOutside {
  const env = { CREDENTIAL: credential, AWS_ID: ACCESS_KEY_ID };
  return {
    network: openNetwork({ hosts: ['127.0.0.1:*'] }),
    connections: new Connections({ connections, env, readFile: async () => '' }),
    clock: { nowMs: () => nowMs },
    timeoutMs,
  };
}
