import { requireKey } from 'keyturn/next';
import { keyturn } from '../../lib/keyturn.js';

const { guarded } = requireKey(keyturn, { scopes: ['reports:read'] });

export const GET = guarded((_request, key) => Response.json({ owner: key.owner }));
