import express from 'express';
import { describe, expect, onTestFinished, test } from 'vitest';
import { mountKeyturn, requireKey } from '../../src/guards/express.js';
import {
  mountKeyturn as mountInFetch,
  requireKey as requireKeyInFetch,
} from '../../src/guards/fetch.js';
import { serveNode } from '../../src/http/node-server.js';
import type { Keyturn } from '../../src/public.js';
import type { TestOptions } from '../../src/testing.js';
import { plaintextOf, startKeyturn } from './guarded-host.js';
import { jsonOf, listen } from './hosts.js';

const NAME = 'urn:keyturn:code:';
const REPORTS = 'https://api.example/reports';

/** What the `type` of a guard's refusal begins with; the application's own word has the same. */
async function typesIn(keyturn: Keyturn): Promise<string> {
  const { type } = await jsonOf(await refusal(keyturn));
  const headers = { 'x-api-key': await plaintextOf(keyturn) };
  const guard = requireKeyInFetch(keyturn, { allow: () => false });
  const denied = await guard(new Request(REPORTS, { headers }));
  if (denied.admitted) throw new Error('Admitted by nobody.');
  const own = await jsonOf(denied.response);
  const start = type.slice(0, -'missing'.length);
  expect(type).toBe(`${start}missing`);
  expect(own.type).toBe(`${start}forbidden`);
  return start;
}

async function refusal(keyturn: Keyturn): Promise<Response> {
  const admission = await requireKeyInFetch(keyturn)(new Request(REPORTS));
  if (admission.admitted) throw new Error('Admitted without a key.');
  return admission.response;
}

/** How a host can serve the pages about codes, and where they are then. */
const served: readonly {
  readonly name: string;
  readonly options?: TestOptions;
  readonly serve: (keyturn: Keyturn) => unknown;
  readonly start: string;
}[] = [
  {
    name: 'mounted in Express',
    serve: (keyturn) => express().use('/keyturn', mountKeyturn(keyturn)),
    start: '/keyturn/docs/codes/',
  },
  {
    name: 'mounted at the root of Express',
    serve: (keyturn) => express().use(mountKeyturn(keyturn)),
    start: '/docs/codes/',
  },
  {
    name: 'mounted in a fetch host',
    options: { basePath: '/keyturn' },
    serve: (keyturn) => mountInFetch(keyturn),
    start: '/keyturn/docs/codes/',
  },
  {
    name: 'mounted at the root of a fetch host',
    serve: (keyturn) => mountInFetch(keyturn),
    start: '/docs/codes/',
  },
  {
    name: 'a handler that a host has taken',
    serve: ({ handler }) => handler,
    start: '/docs/codes/',
  },
  {
    name: 'a server of its own',
    serve: async (keyturn) => {
      const server = await serveNode(keyturn, { host: '127.0.0.1', port: 0 });
      onTestFinished(() => server.close());
    },
    start: '/docs/codes/',
  },
  {
    name: 'elsewhere, under a public address',
    options: { publicUrl: 'https://keys.example' },
    serve: () => undefined,
    start: 'https://keys.example/docs/codes/',
  },
];

describe('the type of a refusal', () => {
  test('is a name where nothing is mounted, and no link that leads nowhere', async () => {
    const keyturn = await startKeyturn();
    expect(await typesIn(keyturn)).toBe(NAME);
    const app = express().get('/', requireKey(keyturn));
    const host = await listen(app);
    onTestFinished(() => host.close());
    expect(await jsonOf(await fetch(host.url))).toMatchObject({ type: `${NAME}missing` });
    expect(keyturn.settings.problemTypes).toBe(NAME);
  });

  test.each(served)('is a link where the API is served: $name', async (how) => {
    const keyturn = await startKeyturn(how.options);
    await how.serve(keyturn);
    expect(await typesIn(keyturn)).toBe(how.start);
  });

  test('leads to a page that is there', async () => {
    const keyturn = await startKeyturn();
    const host = await listen(express().use('/keyturn', mountKeyturn(keyturn)));
    onTestFinished(() => host.close());
    const { type } = await jsonOf(await refusal(keyturn));
    const page = await fetch(host.url + type);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('<code>missing</code>');
  });
});
