// The same small server for every product: it hands on the key of a request, and says what came of
// it. Copied beside the peers, with what it imports.
import { createServer } from 'node:http';
import { listening } from '../targets/listening.js';

const ADMITTED = JSON.stringify({ valid: true });
const REFUSED = JSON.stringify({ valid: false });

/**
 * @param {(request: import('node:http').IncomingMessage) => boolean | Promise<boolean>} check
 * @returns {Promise<number>} its port
 */
export function serveChecks(check) {
  const server = createServer(async (request, response) => {
    const isValid = await check(request);
    const body = isValid ? ADMITTED : REFUSED;
    const headers = { 'content-type': 'application/json', 'content-length': body.length };
    response.writeHead(isValid ? 200 : 401, headers).end(body);
  });
  return listening(server);
}
