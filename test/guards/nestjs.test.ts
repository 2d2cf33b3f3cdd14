import 'reflect-metadata';
import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Inject,
  Module,
  type Provider,
  UnauthorizedException,
  UseGuards,
} from '@nestjs/common';
import { type AbstractHttpAdapter, NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { of } from 'rxjs';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  ApiKey,
  KEYTURN,
  KeyGuard,
  KeyRefusedException,
  KeyturnModule,
  mountKeyturn,
  RequireKey,
} from '../../src/guards/nestjs.js';
import type { Keyturn } from '../../src/public.js';
import { createTestKeyturn } from '../../src/testing.js';
import type { VerifiedKey } from '../../src/verdict.js';
import { plaintextOf, startKeyturn } from './guarded-host.js';
import { hostOf, jsonOf } from './hosts.js';
import { retiringKeyturn } from './retiring.js';
import { untyped } from './untyped.js';

const platforms: readonly { readonly name: string; readonly make: () => AbstractHttpAdapter }[] = [
  { name: 'Express', make: () => new ExpressAdapter() },
  { name: 'Fastify', make: () => new FastifyAdapter() },
];

/** A controller of `GET /reports`, with what decorates its handler, or itself. */
interface Built {
  readonly method?: MethodDecorator;
  readonly class?: ClassDecorator;
  readonly providers?: readonly Provider[];
}

describe.each(platforms)('NestJS on $name', ({ make }) => {
  async function start(module: ReturnType<typeof KeyturnModule.forRoot>, built: Built) {
    class Reports {
      read(key: VerifiedKey | undefined) {
        return { owner: key === undefined ? null : key.owner };
      }
    }
    const descriptor = Object.getOwnPropertyDescriptor(Reports.prototype, 'read') ?? {};
    ApiKey()(Reports.prototype, 'read', 0);
    Get()(Reports.prototype, 'read', descriptor);
    built.method?.(Reports.prototype, 'read', descriptor);
    built.class?.(Reports);
    Controller('reports')(Reports);
    class App {}
    const providers = [...(built.providers ?? [])];
    Module({ imports: [module], controllers: [Reports], providers })(App);
    const app = await NestFactory.create(App, make(), { logger: false, abortOnError: false });
    onTestFinished(() => app.close());
    mountKeyturn(app, '/keyturn');
    await app.listen(0, '127.0.0.1');
    const { url } = hostOf(app.getHttpServer());
    const ask = (headers: Record<string, string> = {}) => fetch(`${url}/reports`, { headers });
    return { app, url, ask };
  }

  test('guards a handler, and hands it the key', async () => {
    const keyturn = await startKeyturn();
    const plaintext = await plaintextOf(keyturn, { scopes: ['reports:read'] });
    const method = RequireKey({ scopes: ['reports:read'] });
    const { ask } = await start(KeyturnModule.forRoot(keyturn), { method });
    expect(await jsonOf(await ask({ 'x-api-key': plaintext }))).toEqual({ owner: 'acme' });
    const refused = await ask();
    expect(refused.status).toBe(401);
    expect(refused.headers.get('content-type')).toBe('application/problem+json');
    expect(await jsonOf(refused)).toMatchObject({ code: 'missing' });
  });

  test('guards a whole controller', async () => {
    const keyturn = await startKeyturn();
    const { ask } = await start(KeyturnModule.forRoot(keyturn), { class: RequireKey() });
    expect((await ask()).status).toBe(401);
    expect((await ask({ 'x-api-key': await plaintextOf(keyturn) })).status).toBe(200);
  });

  test('answers by its own exceptions where only the guard is used', async () => {
    const keyturn = await startKeyturn();
    const method = UseGuards(KeyGuard());
    const { ask } = await start(KeyturnModule.forRoot(keyturn), { method });
    const refused = await ask();
    expect(refused.status).toBe(401);
    expect(await jsonOf(refused)).toMatchObject({ code: 'missing' });
  });

  test('is not started with an option that is wrong, nor without a Keyturn', async () => {
    expect(() => RequireKey({ scopes: ['bad scope'] })).toThrow('is not a scope');
    class App {}
    class Reports {}
    UseGuards(KeyGuard())(Reports);
    Controller('reports')(Reports);
    Module({ controllers: [Reports] })(App);
    const made = NestFactory.create(App, make(), { logger: false, abortOnError: false });
    await expect(made).rejects.toThrow('KEYTURN');
  });

  test('makes its Keyturn of what else it has, gives it away, and closes it at its end', async () => {
    class Counter {
      readonly keyturn: Keyturn;
      constructor(keyturn: Keyturn) {
        this.keyturn = keyturn;
      }
    }
    Inject(KEYTURN)(Counter, undefined, 0);
    class Settings {
      readonly nowMs = Date.UTC(2031, 0, 1);
    }
    class SettingsModule {}
    Module({ providers: [Settings], exports: [Settings] })(SettingsModule);
    const module = KeyturnModule.forRootAsync({
      imports: [SettingsModule],
      inject: [Settings],
      useFactory: ({ nowMs }: Settings) => createTestKeyturn({ nowMs }),
    });
    const { app, ask } = await start(module, { method: RequireKey(), providers: [Counter] });
    const { keyturn } = app.get(Counter);
    const { key, plaintext } = await keyturn.keys.create({ name: 'CI' });
    expect(key.createdAt).toBe('2031-01-01T00:00:00.000Z');
    expect((await ask({ 'x-api-key': plaintext })).status).toBe(200);
    await app.close();
    await expect(keyturn.keys.list()).rejects.toMatchObject({ code: 'closed' });
  });

  test('lets a signed-in user through without a key', async () => {
    const keyturn = await startKeyturn();
    const method = RequireKey({ unless: ({ headers }) => headers['cookie'] === 'session=good' });
    const { ask } = await start(KeyturnModule.forRoot(keyturn), { method });
    expect(await jsonOf(await ask({ cookie: 'session=good' }))).toEqual({ owner: null });
    expect((await ask({ cookie: 'session=bad' })).status).toBe(401);
  });

  describe('with another guard that may admit instead', () => {
    const answers: Readonly<Record<string, () => ReturnType<CanActivate['canActivate']>>> = {
      'session=good': () => true,
      'session=observed': () => of(false, true),
      'session=closed': () => of(true, false),
      'session=late': () => Promise.resolve(false),
      'session=silent': () => untyped(undefined),
      'session=wordy': () => untyped('yes'),
      'session=broken': () => {
        throw new Error('The session store is away.');
      },
    };
    class SessionGuard implements CanActivate {
      canActivate(context: ExecutionContext) {
        const { headers } = context.switchToHttp().getRequest();
        const answer = answers[headers.cookie];
        if (answer !== undefined) return answer();
        throw new UnauthorizedException();
      }
    }
    const built = { method: RequireKey({ or: SessionGuard }), providers: [SessionGuard] };

    test('asks for a key where that one refuses, however it does', async () => {
      const keyturn = await startKeyturn();
      const plaintext = await plaintextOf(keyturn);
      const { ask } = await start(KeyturnModule.forRoot(keyturn), built);
      const refusing = ['late', 'closed', 'silent', 'wordy'].map((name) => `session=${name}`);
      for (const cookie of ['none', ...refusing]) {
        expect((await ask({ cookie })).status).toBe(401);
        const admitted = await ask({ cookie, 'x-api-key': plaintext });
        expect(await jsonOf(admitted)).toEqual({ owner: 'acme' });
      }
    });

    test('asks for none where that one admits', async () => {
      const { ask } = await start(KeyturnModule.forRoot(await startKeyturn()), built);
      for (const cookie of ['session=good', 'session=observed']) {
        expect(await jsonOf(await ask({ cookie }))).toEqual({ owner: null });
      }
    });

    test('admits nobody where that one fails', async () => {
      const keyturn = await startKeyturn();
      const plaintext = await plaintextOf(keyturn);
      const { ask } = await start(KeyturnModule.forRoot(keyturn), built);
      expect((await ask({ cookie: 'session=broken', 'x-api-key': plaintext })).status).toBe(500);
    });
  });

  test('tells the consumer that its secret is retiring', async () => {
    const { keyturn, plaintext, close } = await retiringKeyturn();
    onTestFinished(close);
    const { ask } = await start(KeyturnModule.forRoot(keyturn), { method: RequireKey() });
    const answer = await ask({ 'x-api-key': plaintext });
    expect(answer.headers.get('api-key-status')).toBe('retiring');
  });

  test('fails, and admits nobody, where the keyspace is not there', async () => {
    const keyturn = await startKeyturn();
    const headers = { 'x-api-key': await plaintextOf(keyturn) };
    const method = RequireKey({ keyspace: 'nope' });
    const { ask } = await start(KeyturnModule.forRoot(keyturn), { method });
    expect((await ask(headers)).status).toBe(500);
  });

  test('has the HTTP API where it is mounted, above its body parsers', async () => {
    const keyturn = await startKeyturn();
    const root = { keyspace: 'keyturn', owner: null, scopes: ['*'] };
    const authorization = `Api-Key ${await plaintextOf(keyturn, root)}`;
    const { url } = await start(KeyturnModule.forRoot(keyturn), { method: RequireKey() });
    const made = await fetch(`${url}/keyturn/v1/keys`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'CI', owner: 'acme' }),
    });
    expect(made.status).toBe(201);
    const { type } = await jsonOf(await fetch(`${url}/reports`));
    expect(type).toBe('/keyturn/docs/codes/missing');
    expect((await fetch(url + type)).status).toBe(200);
  });
});

test('a key guard refuses what is no HTTP request', async () => {
  const keyturn = await startKeyturn();
  const Guard = KeyGuard();
  const guard = new Guard(keyturn);
  const context = untyped({ getType: () => 'rpc' });
  const answer = async () => guard.canActivate(context);
  await expect(answer()).rejects.toThrow('A key guard reads HTTP requests');
});

test('a refusal in NestJS is an exception that other code can read', () => {
  const body = JSON.stringify({ code: 'missing', status: 401 });
  const refused = new KeyRefusedException({ status: 401, headers: {}, body });
  expect(refused.getStatus()).toBe(401);
  expect(refused.getResponse()).toEqual({ code: 'missing', status: 401 });
});
