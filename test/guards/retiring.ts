import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKeyturn } from '../../src/index.js';
import type { Keyturn } from '../../src/public.js';
import { loadDriver } from '../../src/store/sqlite/driver.js';

/** A Keyturn with a key whose only secret is retiring, as a rotation will leave it. */
export async function retiringKeyturn(): Promise<{
  readonly keyturn: Keyturn;
  readonly plaintext: string;
  readonly close: () => Promise<void>;
}> {
  const folder = await mkdtemp(join(tmpdir(), 'keyturn-test-'));
  const file = join(folder, 'keyturn.db');
  const before = await createKeyturn({ database: `sqlite:${file}` });
  const { plaintext } = await before.keys.create({ name: 'Acme CI' });
  await before.close();
  const { DatabaseSync } = await loadDriver();
  const database = new DatabaseSync(file);
  database.exec("update secrets set state = 'retiring'");
  database.close();
  const keyturn = await createKeyturn({ database: `sqlite:${file}` });
  const close = async () => {
    await keyturn.close();
    await rm(folder, { recursive: true });
  };
  return { keyturn, plaintext, close };
}
