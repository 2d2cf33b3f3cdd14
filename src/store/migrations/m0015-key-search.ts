import { type SqlBool, sql } from 'kysely';
import type { SchemaMigration } from './migration.js';

/**
 * What keys are found and sorted by. The version before writes and reads keys as it did: what it
 * writes is looked through word by word until it is indexed.
 */
export const keySearch: SchemaMigration = {
  version: 15,
  name: '0015_key_search',
  kind: 'additive',
  readableFrom: 1,
  async up(db, types) {
    const terms = db.schema
      .createTable('key_terms')
      .addColumn('term', types.text, (column) => column.notNull())
      .addColumn('key_id', types.text, (column) => column.notNull())
      .addPrimaryKeyConstraint('key_terms_key', ['term', 'key_id']);
    await types.finish(terms).execute();
    await db.schema.alterTable('keys').addColumn('indexed_text', types.text).execute();
    const index = (name: string) => db.schema.createIndex(name);
    // Whoever writes a key: one whose text is another than that which is indexed stands in it.
    await index('keys_unindexed')
      .on('keys')
      .column('id')
      .where(sql<SqlBool>`indexed_text is distinct from search_text`)
      .execute();
    await index('keys_by_name').on('keys').expression(sql`lower(name), id`).execute();
    await index('keys_by_expiry').on('keys').columns(['expires_at', 'id']).execute();
    // Most keys are active, and live: only the others stand in these.
    await index('keys_by_state')
      .on('keys')
      .columns(['state', 'id'])
      .where(sql<SqlBool>`state <> 'active'`)
      .execute();
    await index('keys_by_environment')
      .on('keys')
      .columns(['environment', 'id'])
      .where(sql<SqlBool>`environment <> 'live'`)
      .execute();
    await index('secret_uses_by_time')
      .on('secret_uses')
      .columns(['last_used_at', 'key_id'])
      .execute();
    await index('outbox_dead')
      .on('outbox')
      .column('id')
      .where(sql<SqlBool>`state = 'dead'`)
      .execute();
  },
};
