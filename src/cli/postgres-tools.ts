import { shellWord } from '../shell-word.js';

/** The command that backs a PostgreSQL up. `database` is its address without a password. */
export function dumpCommand(database: string, file: string): string {
  return `pg_dump --format=custom --file=${shellWord(file)} ${shellWord(database)}`;
}

/** The command that puts such a backup back, into a database that nobody uses. */
export function restoreCommand(database: string, file: string): string {
  const how = '--clean --if-exists --no-owner --single-transaction';
  return `pg_restore ${how} --dbname=${shellWord(database)} ${shellWord(file)}`;
}
