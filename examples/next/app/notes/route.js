import { requireKey } from 'keyturn/next';
import { keyturn } from '../../lib/keyturn.js';

// A signed-in user, or a key. The cookie stands for your own session.
const { guarded } = requireKey(keyturn, {
  unless: (request) => request.headers.get('cookie') === 'session=kim',
});

export const GET = guarded((_request, key) => Response.json({ for: key?.owner ?? 'kim' }));
