import { rmSync } from 'node:fs';
import type { StoreOptions } from '../open.js';
import { isBlank } from './files.js';
import { ownDatabase } from './lock.js';
import { targetOf } from './open.js';

/** What SQLite and Keyturn write beside a file; the lock, under which this is done, comes last. */
const BESIDE = ['', '-wal', '-shm', '-journal', '-owner'];

/**
 * The address that a file will have; undefined: it is there already, and has content.
 * @public
 */
export async function addressIfBlank({ url, ports }: StoreOptions): Promise<string | undefined> {
  const { path } = await targetOf(url, ports);
  return isBlank(path) ? `sqlite:${path}` : undefined;
}

/**
 * Takes a file away that was made for nothing.
 * @throws {DatabaseInUseError} a server has it open by now; it stays.
 * @public
 */
export async function unmakeSqlite({ url, ports }: StoreOptions): Promise<void> {
  const target = await targetOf(url, ports);
  const letGo = await ownDatabase(target);
  try {
    for (const suffix of BESIDE) rmSync(target.path + suffix, { force: true });
  } finally {
    letGo();
  }
}
