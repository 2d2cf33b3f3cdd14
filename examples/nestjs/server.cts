// NestJS on Express, as CommonJS: compile it by `npx tsc -p examples/nestjs`, then run
// `node examples/nestjs/dist/server.cjs`. Node 20.19 and later load Keyturn by `require`.
import 'reflect-metadata';
import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Injectable,
  Module,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { createKeyturn, type VerifiedKey } from 'keyturn';
import { ApiKey, KeyturnModule, mountKeyturn, RequireKey } from 'keyturn/nestjs';

const { KEYTURN_DATABASE: database = 'sqlite:./keyturn.db', PORT: port = '3000' } = process.env;

@Controller('reports')
class ReportsController {
  @Get()
  @RequireKey({ scopes: ['reports:read'] })
  read(@ApiKey() key: VerifiedKey) {
    return { owner: key.owner };
  }
}

/** Stands for your own session. */
@Injectable()
class SessionGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return context.switchToHttp().getRequest().headers.cookie === 'session=kim';
  }
}

@Controller('notes')
@RequireKey({ or: SessionGuard }) // A signed-in user, or a key.
class NotesController {
  @Get()
  read(@ApiKey() key: VerifiedKey | undefined) {
    return { for: key?.owner ?? 'kim' };
  }
}

@Module({
  imports: [KeyturnModule.forRootAsync({ useFactory: () => createKeyturn({ database, log: console }) })],
  controllers: [ReportsController, NotesController],
  providers: [SessionGuard],
})
class AppModule {}

async function main() {
  const app = await NestFactory.create(AppModule, { logger: ['warn', 'error'] });
  mountKeyturn(app, '/keyturn'); // The HTTP API, for holders of a management key.
  app.enableShutdownHooks(); // Closes Keyturn too, which writes what was counted.
  await app.listen(Number(port), '127.0.0.1');
  console.log('Listening:', await app.getUrl());
}

void main();
