/**
 * The hot read, for either database: by the unique index of digests, then by the key's primary
 * key. Its columns are the fields of `FoundSecret`, so that a row is the answer.
 * @public
 */
export function findByDigestSql(parameter: '?' | '$1'): string {
  return `select ${FOUND_COLUMNS}
  from secrets s
  join keys k on k.id = s.key_id
  where s.digest = ${parameter}`;
}

/** Of `secrets s` and `keys k`. */
export const FOUND_COLUMNS = `
    k.id as "keyId", k.keyspace_id as "keyspaceId", k.name as "name", k.owner as "owner",
    k.environment as "environment", k.scopes as "scopes", k.metadata as "metadata",
    k.tags as "tags", k.restrictions as "restrictions", k.state as "state",
    k.expires_at as "expiresAt", k.not_before as "notBefore", k.version as "version",
    s.number as "secretNumber", s.state as "secretState", s.hint as "secretHint",
    s.expires_at as "secretExpiresAt", s.deadline_at as "secretDeadline",
    s.brownout as "secretBrownout"`;
