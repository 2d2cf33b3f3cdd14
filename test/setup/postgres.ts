import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject, type TestContext } from 'vitest';
// Types what is injected.
import type {} from './postgres-server.js';

/** A PostgreSQL database of one suite's own. */
export interface TestDatabase {
  readonly url: string;
  /** Whether it takes new connections; those that are there stay. */
  readonly letIn: (isOpen: boolean) => Promise<void>;
  readonly drop: () => Promise<void>;
}

/** Why no PostgreSQL can be used here, or undefined. In CI the run ends before it is read. */
export function postgresAbsence(): string | undefined {
  const offer = inject('postgres');
  return offer.kind === 'absent' ? offer.reason : undefined;
}

/** Skips the test, saying why, where there is no PostgreSQL: `test('…', (ctx) => …)`. */
export function postgresOrSkip(ctx: Pick<TestContext, 'skip'>): void {
  const reason = postgresAbsence();
  if (reason !== undefined) ctx.skip(reason);
}

/** Makes an empty database that nobody else uses. Drop it in `afterAll`; the run drops the rest. */
export async function createDatabase(): Promise<TestDatabase> {
  const offer = inject('postgres');
  if (offer.kind === 'absent') throw new Error(offer.reason);
  const name = `${offer.namePrefix}${randomBytes(6).toString('hex')}`;
  await atServer(offer.url, `create database ${name} template template0 encoding 'UTF8'`);
  const url = new URL(offer.url);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    letIn: (isOpen) => atServer(offer.url, `alter database ${name} allow_connections ${isOpen}`),
    drop: () => atServer(offer.url, `drop database if exists ${name} with (force)`),
  };
}

async function atServer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
