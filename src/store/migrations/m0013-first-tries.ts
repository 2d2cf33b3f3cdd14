import type { SchemaMigration } from './migration.js';

/**
 * When a notice was first tried to be sent: it is given up so long after. The version before gives up
 * by the number of tries.
 */
export const firstTries: SchemaMigration = {
  version: 13,
  name: '0013_first_tries',
  kind: 'additive',
  readableFrom: 1,
  async up(db, types) {
    await db.schema.alterTable('outbox').addColumn('first_try_at', types.bigint).execute();
  },
};
