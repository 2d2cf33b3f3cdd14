import process from 'node:process';
import { createKeyturn } from 'keyturn';
import { requireKey, sharedKeyturn } from 'keyturn/next';

export const dynamic = 'force-dynamic';

const { BENCH_DATABASE = '', BENCH_GUARDED } = process.env;
const keyturn = sharedKeyturn(() => createKeyturn({ database: BENCH_DATABASE }));
const guard = requireKey(keyturn, { scopes: ['reports:read'] });
const guarded = guard.guarded((_request, key) => Response.json({ owner: key.owner }));
const bare = async () => Response.json({ owner: 'acme' });

/** @param {Request} request */
export function GET(request) {
  return BENCH_GUARDED === 'yes' ? guarded(request, undefined) : bare();
}
