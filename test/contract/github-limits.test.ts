import { afterEach, expect, test } from 'vitest';
import { githubActionsSecret } from '../../src/deliver/github-actions-secret.js';
import { type Listening, listen } from '../setup/listening.js';
import { key } from '../setup/vendors/kinds.js';
import { outsideOf } from '../setup/vendors/outside.js';

// https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
let server: Listening;

afterEach(() => server.close());

async function readWith(headers: Record<string, string>) {
  server = await listen((_request, response) => response.writeHead(403, headers).end('{}'));
  const target = { kind: 'github', url: server.url, token: { env: 'CREDENTIAL' } } as const;
  const settings = { connection: 'target', repository: 'acme/api', secret: 'API_KEY' };
  return githubActionsSecret.open(settings, outsideOf({ target }, { nowMs }), key()).read();
}

const nowMs = Date.now();
const resetAt = String(Math.ceil(nowMs / 1_000) + 90);

const limits: readonly [what: string, headers: Record<string, string>, failure: object][] = [
  ['a pause that it names', { 'retry-after': '30' }, { retryAfterMs: 30_000 }],
  [
    'the hour’s limit, until it is reset',
    { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': resetAt },
    { class: 'throttled', retryAfterMs: Number(resetAt) * 1_000 - nowMs },
  ],
  ['a limit without a time', { 'x-ratelimit-remaining': '0' }, { retryAfterMs: 60_000 }],
  ['no right', { 'x-ratelimit-remaining': '4999' }, { class: 'destination_auth' }],
];

test.each(limits)('a 403 of GitHub’s means: %s', async (_what, headers, failure) => {
  expect(await readWith(headers)).toMatchObject({ kind: 'failed', ...failure });
});
