// A NestJS application on Express with one route, guarded or not.
import 'reflect-metadata';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { createKeyturn } from 'keyturn';
import { ApiKey, KeyturnModule, RequireKey } from 'keyturn/nestjs';
import { answering } from '../measure/answering.js';
import { OWNER, WANTED } from '../measure/keys.js';

class Bare {
  read() {
    return { owner: OWNER };
  }
}

class Guarded {
  /** @param {import('keyturn').VerifiedKey} key */
  read({ owner }) {
    return { owner };
  }
}

answering(async ({ isGuarded, url }) => {
  const keyturn = await createKeyturn({ database: url });
  const controller = isGuarded ? Guarded : Bare;
  // What decorators do, in plain JavaScript.
  const read = /** @type {TypedPropertyDescriptor<any>} */ (
    Object.getOwnPropertyDescriptor(controller.prototype, 'read')
  );
  if (isGuarded) {
    ApiKey()(controller.prototype, 'read', 0);
    RequireKey({ scopes: WANTED })(controller.prototype, 'read', read);
  }
  Get()(controller.prototype, 'read', read);
  Controller('reports')(controller);
  class App {}
  Module({ imports: [KeyturnModule.forRoot(keyturn)], controllers: [controller] })(App);
  const app = await NestFactory.create(App, { logger: false });
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address();
  return { hello: { port }, close: () => keyturn.close() };
});
