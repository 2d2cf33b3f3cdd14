import { expect, test } from 'vitest';
import { postgresOrSkip } from '../setup/postgres.js';
import { stores } from './stores.js';

test('memory and SQLite are held to the contract', () => {
  expect(stores.map(({ name }) => name)).toEqual(expect.arrayContaining(['memory', 'sqlite']));
});

test('PostgreSQL is held to the contract', (ctx) => {
  postgresOrSkip(ctx);
  expect(stores.map(({ name }) => name)).toContain('postgres');
});
