// The HTTP API, for holders of a management key.
import { mountKeyturn } from 'keyturn/next';
import { keyturn } from '../../../lib/keyturn.js';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = mountKeyturn(keyturn);
