// Ends once the server may give answers, or with 1 after half a minute. systemd runs it after the start.
import { setTimeout as pause } from 'node:timers/promises';

const WAIT_MS = 30_000;
const PAUSE_MS = 100;

const ANYWHERE = new Map([
  ['0.0.0.0', '127.0.0.1'],
  ['::', '::1'],
]);

const { KEYTURN_HOST = '127.0.0.1', KEYTURN_PORT = '8787', KEYTURN_BASE_PATH = '' } = process.env;
const host = ANYWHERE.get(KEYTURN_HOST) ?? KEYTURN_HOST;
const name = host.includes(':') ? `[${host}]` : host;
const url = `http://${name}:${KEYTURN_PORT}${KEYTURN_BASE_PATH}/readyz`;
const deadline = performance.now() + WAIT_MS;
process.exitCode = 1;
while (process.exitCode === 1 && performance.now() < deadline) {
  const isReady = await fetch(url, { signal: AbortSignal.timeout(1_000) }).then(
    ({ ok }) => ok,
    () => false,
  );
  if (isReady) process.exitCode = 0;
  else await pause(PAUSE_MS);
}
