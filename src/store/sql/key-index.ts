import { type Kysely, type SqlBool, sql } from 'kysely';
import type { KeyId } from '../../keys/id.js';
import type { Database } from '../schema.js';
import { renewedSearchText, wordsOfText } from '../search-text.js';
import type { SqlEngine } from './engine.js';
import { requireWritableNow } from './standing.js';

type Trx = Kysely<Database>;

/** In the words of the index `keys_unindexed`. */
const isUnindexed = sql<SqlBool>`indexed_text is distinct from search_text`;
/** Rows a statement. */
const MAX_ROWS = 2_000;

interface Entry {
  readonly term: string;
  readonly key_id: KeyId;
}

/**
 * See Store.indexKeys. The row says which words of it are indexed, so that those of another text are
 * taken out again, whoever wrote it. Who comes at the same time passes over what is being indexed.
 */
export async function indexKeys(engine: SqlEngine, limit: number): Promise<number> {
  const { db, hasRowLocks } = engine;
  const some = await db
    .selectFrom('keys')
    .select('id')
    .where(isUnindexed)
    .orderBy('id')
    .limit(1)
    .execute();
  if (some.length === 0) return 0; // Most looks find nothing, and need not write.
  return engine.transaction(async (trx) => {
    await requireWritableNow(engine, trx);
    const keys = await trx
      .selectFrom('keys')
      .select(['id', 'search_text', 'indexed_text', 'metadata'])
      .where(isUnindexed)
      .orderBy('id')
      .limit(limit)
      .$if(hasRowLocks, (query) => query.forNoKeyUpdate().skipLocked())
      .execute();
    const added: Entry[] = [];
    for (const { id, search_text: written, indexed_text: indexed, metadata } of keys) {
      const text = written.startsWith(' ') ? written : renewedSearchText(written, metadata);
      const [before, after] = [wordsOfText(indexed ?? ''), wordsOfText(text)];
      const isNew = new Set(after);
      await removeTerms(
        trx,
        id,
        before.filter((word) => !isNew.has(word)),
      );
      const wasThere = new Set(before);
      added.push(...after.flatMap((term) => (wasThere.has(term) ? [] : [{ term, key_id: id }])));
      const set = { search_text: text, indexed_text: text };
      await trx.updateTable('keys').set(set).where('id', '=', id).execute();
    }
    // In their order, so that two who add the same wait for each other in one order.
    await insertTerms(
      trx,
      added.toSorted((left, right) => (left.term < right.term ? -1 : 1)),
    );
    return keys.length;
  });
}

async function insertTerms(trx: Trx, entries: readonly Entry[]): Promise<void> {
  for (let start = 0; start < entries.length; start += MAX_ROWS) {
    await trx
      .insertInto('key_terms')
      .values(entries.slice(start, start + MAX_ROWS))
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}

/** Of a key that is deleted, too: `indexed_text` is what is there. */
export async function removeTerms(trx: Trx, keyId: KeyId, words: readonly string[]): Promise<void> {
  if (words.length === 0) return;
  await trx
    .deleteFrom('key_terms')
    .where('term', 'in', words)
    .where('key_id', '=', keyId)
    .execute();
}
