import type { RequestHandler } from 'express';
import { describe, expect, onTestFinished, test } from 'vitest';
import { mountKeyturn, requireKey } from '../../src/guards/express.js';
import { mountKeyturn as mountInFetch } from '../../src/guards/fetch.js';
import type { Keyturn } from '../../src/public.js';
import { startKeyturn } from './guarded-host.js';
import { type ExpressModule, expresses, jsonOf, listen } from './hosts.js';

type App = ReturnType<ExpressModule>;

async function rootKeyOf(keyturn: Keyturn): Promise<string> {
  const root = { keyspace: 'keyturn', name: 'root', scopes: ['*'] };
  return (await keyturn.keys.create(root)).plaintext;
}

describe.each(expresses)('Keyturn mounted in $name', ({ express }) => {
  async function start(build: (app: App) => unknown) {
    const app = express();
    build(app);
    const host = await listen(app);
    onTestFinished(() => host.close());
    return host;
  }

  test('answers the management API below its mount path', async () => {
    const keyturn = await startKeyturn();
    const host = await start((app) => app.use('/keyturn', mountKeyturn(keyturn)));
    const authorization = `Api-Key ${await rootKeyOf(keyturn)}`;
    const made = await fetch(`${host.url}/keyturn/v1/keys`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'Acme CI', owner: 'acme' }),
    });
    expect(made.status).toBe(201);
    const { key, plaintext } = await jsonOf(made);
    expect(await keyturn.verify({ plaintext })).toMatchObject({ valid: true, key: { id: key.id } });
    const read = await fetch(`${host.url}/keyturn/v1/keys?owner=acme`, {
      headers: { authorization },
    });
    expect(await read.json()).toMatchObject({ items: [{ id: key.id }] });
    const head = await fetch(`${host.url}/keyturn/healthz`, { method: 'HEAD' });
    expect(head.status).toBe(200);
    expect((await fetch(`${host.url}/v1/keys`, { headers: { authorization } })).status).toBe(404);
  });

  test('leads its links, and those of guarded routes, to its own pages', async () => {
    const keyturn = await startKeyturn();
    const host = await start((app) => {
      app.get('/reports', requireKey(keyturn), (_req, res) => void res.json({}));
      app.use('/keyturn/', mountKeyturn(keyturn));
    });
    for (const path of ['/reports', '/keyturn/v1/keys']) {
      const { type } = await jsonOf(await fetch(host.url + path));
      expect(type).toBe('/keyturn/docs/codes/missing');
      expect((await fetch(host.url + type)).status).toBe(200);
    }
  });

  test('takes a body that a parser of the host has read', async () => {
    const parsers: readonly RequestHandler[] = [
      express.json(),
      express.text({ type: 'application/json' }),
      express.raw({ type: 'application/json' }),
    ];
    for (const parser of parsers) {
      const keyturn = await startKeyturn();
      const host = await start((app) => app.use(parser).use('/keyturn', mountKeyturn(keyturn)));
      const authorization = `Api-Key ${await rootKeyOf(keyturn)}`;
      const post = (path: string, init: RequestInit) =>
        fetch(host.url + path, { method: 'POST', ...init });
      const made = await post('/keyturn/v1/keys', {
        headers: { authorization, 'content-type': 'application/json' },
        body: '{ "name": "Zoë’s key" }',
      });
      expect(made.status).toBe(201);
      const { key } = await jsonOf(made);
      expect(key.name).toBe('Zoë’s key');
      const revoked = await post(`/keyturn/v1/keys/${key.id}/revoke`, {
        headers: { authorization },
      });
      expect(revoked.status).toBe(200);
    }
  });

  test('refuses a body that is nested too deeply, whoever reads it', async () => {
    const keyturn = await startKeyturn();
    const host = await start((app) => {
      app.use('/parsed', express.json());
      app.use('/parsed/keyturn', mountKeyturn(keyturn));
    });
    const nested = `${'['.repeat(40_000)}${']'.repeat(40_000)}`;
    const answer = await fetch(`${host.url}/parsed/keyturn/v1/keys`, {
      method: 'POST',
      headers: {
        authorization: `Api-Key ${await rootKeyOf(keyturn)}`,
        'content-type': 'application/json',
      },
      body: nested,
    });
    expect(answer.status).toBe(400);
  });

  test('refuses to act on a request whose body is gone', async () => {
    const keyturn = await startKeyturn();
    const drain: RequestHandler = (req, _res, next) => {
      req.resume().on('end', () => next());
    };
    const host = await start((app) => app.use(drain).use('/keyturn', mountKeyturn(keyturn)));
    const { key } = await keyturn.keys.create({ name: 'Acme CI' });
    const answer = await fetch(`${host.url}/keyturn/v1/keys/${key.id}/revoke`, {
      method: 'POST',
      headers: {
        authorization: `Api-Key ${await rootKeyOf(keyturn)}`,
        'content-type': 'application/json',
      },
      body: '{"secret":2}',
    });
    expect(answer.status).toBe(500);
    expect(await keyturn.keys.get(key.id)).toMatchObject({ state: 'active' });
  });

  test('streams a body in, and refuses one that is too large while it is still coming', async () => {
    const keyturn = await startKeyturn();
    const host = await start((app) => app.use('/keyturn', mountKeyturn(keyturn)));
    const head = [
      'POST /keyturn/v1/keys HTTP/1.1',
      'Host: a',
      'Content-Type: application/json',
      'Transfer-Encoding: chunked',
      `X-API-Key: ${await rootKeyOf(keyturn)}`,
    ];
    const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;
    const whole = `${chunk('{"name":')}${chunk('"Acme CI"}')}${chunk('')}`;
    expect(await host.rawWithBody(head, whole)).toMatch(/^HTTP\/1\.1 201 /);
    const endless = chunk('x'.repeat(60_000)).repeat(2);
    expect(await host.rawWithBody(head, endless)).toMatch(/^HTTP\/1\.1 413 /);
  });

  test('sees two credentials where two were sent', async () => {
    const keyturn = await startKeyturn();
    const host = await start((app) => app.use('/keyturn', mountKeyturn(keyturn)));
    const header = `X-API-Key: ${await rootKeyOf(keyturn)}`;
    const answer = await host.raw('GET /keyturn/v1/keys HTTP/1.1', 'Host: a', header, header);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('"code":"ambiguous"');
  });

  test('is found in an application within an application', async () => {
    const keyturn = await startKeyturn();
    const host = await start((app) => {
      const inner = express();
      inner.use('/keyturn', mountKeyturn(keyturn));
      app.use('/api', inner);
    });
    expect((await fetch(`${host.url}/api/keyturn/healthz`)).status).toBe(200);
    const { type } = await jsonOf(await fetch(`${host.url}/api/keyturn/v1/keys`));
    expect(type).toBe('/api/keyturn/docs/codes/missing');
  });

  test('asks for its base path in a router, which does not tell it', async () => {
    for (const [basePath, status] of [
      [undefined, 500],
      ['/api/keyturn', 200],
    ] as const) {
      const keyturn = await startKeyturn({ basePath });
      const host = await start((app) => {
        const router = express.Router();
        router.use('/keyturn', mountKeyturn(keyturn));
        app.use('/api', router);
      });
      expect((await fetch(`${host.url}/api/keyturn/healthz`)).status).toBe(status);
    }
  });

  test('cannot be mounted where a request would have a say in its links', async () => {
    const keyturn = await startKeyturn();
    const app = express();
    expect(() => app.use('/:tenant/keyturn', mountKeyturn(keyturn))).toThrow(
      expect.objectContaining({ code: 'config_invalid' }),
    );
  });

  test('leaves what is not below it to the host', async () => {
    const keyturn = await startKeyturn({ basePath: '/keyturn' });
    const host = await start((app) => {
      app.use(mountKeyturn(keyturn));
      app.get('/keyturns', (_req, res) => void res.json({ mine: true }));
    });
    expect((await fetch(`${host.url}/keyturn/healthz`)).status).toBe(200);
    expect(await (await fetch(`${host.url}/keyturns`)).json()).toEqual({ mine: true });
  });

  test('stands at the root where it is mounted there', async () => {
    const keyturn = await startKeyturn();
    const host = await start((app) => app.use(mountKeyturn(keyturn)));
    expect((await fetch(`${host.url}/healthz`)).status).toBe(200);
    const { type } = await jsonOf(await fetch(`${host.url}/v1/keys`));
    expect(type).toBe('/docs/codes/missing');
  });
});

test('Keyturn mounted in a fetch host answers below its base path', async () => {
  const keyturn = await startKeyturn({ basePath: '/keyturn' });
  const mounted = mountInFetch(keyturn);
  const authorization = `Api-Key ${await rootKeyOf(keyturn)}`;
  const request = new Request('https://api.example/keyturn/v1/keys', {
    headers: { authorization },
  });
  expect((await mounted(request)).status).toBe(200);
  expect((await mounted(new Request('https://api.example/v1/keys'))).status).toBe(404);
});
