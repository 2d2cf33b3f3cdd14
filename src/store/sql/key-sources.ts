import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { searchedWords, wordsIn } from '../../keys/words.js';
import type { KeyFilter } from '../store.js';
import type { SqlEngine } from './engine.js';
import { isWithin } from './within.js';

/** What so few keys have is looked at whole, and sorted; else the order is walked along. */
const FEW = 2_000;
/** Comes after every word that begins so. */
const LAST = '\u{10ffff}';

/** Some keys that hold all that are asked for, as a statement that finds their ids by an index. */
type Source = RawBuilder<unknown>;

/** Where the keys that are asked for are found the soonest. */
export interface Found {
  /** All of them stand in these few; undefined: there is nothing that few have. */
  readonly few: Source | undefined;
  /** The one word of the index that every one of them has; undefined: there is none. */
  readonly word: string | undefined;
}

/**
 * Looks into the indexes for what narrows a list the most. Each look is bounded: it counts no further
 * than few. What is not indexed yet is always among them.
 */
export async function sourcesOf(engine: SqlEngine, filter: KeyFilter): Promise<Found> {
  const words = wordsIn(filter.search ?? '');
  const sources = [...words.map(havingWord), ...narrowing(filter)];
  if (sources.length === 0) return { few: undefined, word: undefined };
  const counts = await countsOf(engine, sources);
  const least = Math.min(...counts);
  if (least <= FEW) return { few: sources[counts.indexOf(least)], word: undefined };
  const [ofTag] = tagWords(filter.tag);
  if (ofTag === undefined) return { few: undefined, word: await onlyWord(engine, words) };
  return { few: undefined, word: (await isAllIndexed(engine.db)) ? ofTag : undefined };
}

function havingWord(word: string): Source {
  return sql`select key_id as id from key_terms where term >= ${word} and term < ${word + LAST}
    union all select id from keys where indexed_text is distinct from search_text`;
}

/** Of a tag, which is asked for whole. */
function havingTerm(word: string): Source {
  return sql`select key_id as id from key_terms where term = ${word}
    union all select id from keys where indexed_text is distinct from search_text`;
}

/** The words of a tag say more the longer they are; the longest is the first. */
function tagWords(tag: string | undefined): readonly string[] {
  return wordsIn(tag ?? '')
    .toSorted((left, right) => right.length - left.length)
    .slice(0, 1);
}

/** Conditions that an index answers. */
function narrowing(filter: KeyFilter): readonly Source[] {
  const { owner, makerId, policy, tag, state, environment, within } = filter;
  const sources: Source[] = [];
  if (owner !== undefined) sources.push(sql`select id from keys where owner = ${owner}`);
  if (makerId !== undefined) sources.push(sql`select id from keys where maker_id = ${makerId}`);
  if (policy !== undefined) sources.push(sql`select id from keys where policy = ${policy}`);
  for (const word of tagWords(tag)) sources.push(havingTerm(word));
  if (environment === 'test') {
    // In the words of the index `keys_by_environment`, which holds no live one.
    sources.push(
      sql`select id from keys where environment <> 'live' and environment = ${environment}`,
    );
  }
  if (state === 'expired') {
    sources.push(sql`select id from keys where expires_at <= ${filter.nowMs}`);
  } else if (state !== undefined && state !== 'active') {
    // In the words of the index `keys_by_state`, which holds no active one.
    sources.push(sql`select id from keys where state <> 'active' and state = ${state}`);
  }
  if (within !== 'all')
    sources.push(sql`select id from keys where ${isWithin('keys.keyspace_id', within)}`);
  return sources;
}

async function countsOf({ db }: SqlEngine, sources: readonly Source[]): Promise<readonly number[]> {
  const counts = sources.map(
    (source, index) => sql`(select count(*) from
      (select 1 from (${source}) found limit ${sql.lit(FEW + 1)}) counted) as ${sql.ref(`n${index}`)}`,
  );
  const { rows } = await sql<Readonly<Record<string, number>>>`select ${sql.join(counts)}`.execute(
    db,
  );
  return sources.map((_, index) => Number(rows[0]?.[`n${index}`] ?? 0));
}

/** The word that keys have which have a word that begins so, if it is one alone. */
async function onlyWord({ db }: SqlEngine, words: readonly string[]): Promise<string | undefined> {
  for (const word of words) {
    const { rows } = await sql<{ readonly least: string | null; readonly most: string | null }>`
      select
        (select min(term) from key_terms where term >= ${word} and term < ${word + LAST}) as least,
        (select max(term) from key_terms where term >= ${word} and term < ${word + LAST}) as most
    `.execute(db);
    const [{ least = null, most = null } = {}] = rows;
    if (least !== null && least === most && (await isAllIndexed(db))) return least;
  }
  return undefined;
}

/** In the order of its index: PostgreSQL expects nearly all rows, and would walk through the table (1.3 s). */
async function isAllIndexed(db: SqlEngine['db']): Promise<boolean> {
  const { rows } = await sql`select id from keys
    where indexed_text is distinct from search_text order by id limit 1`.execute(db);
  return rows.length === 0;
}

/** Every word of the search begins a word of the key. */
export function hasWords(search: string): readonly RawBuilder<SqlBool>[] {
  const words = searchedWords(search);
  if (words === undefined) return [sql<SqlBool>`1 = 0`];
  return words.map(
    (word) => sql<SqlBool>`(keys.search_text like ${`% ${word}%`}
      or (keys.search_text not like ' %' and keys.search_text like ${`%${word}%`}))`,
  );
}
