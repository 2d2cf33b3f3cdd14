// The least that a server can be: `node:http`, which reads and parses what it is sent, and answers
// the bytes it was given.
import { createServer } from 'node:http';
import { answering } from '../measure/answering.js';
import { listening } from './listening.js';

answering(async ({ status, headers, body }) => {
  const server = createServer((request, response) => {
    const respond = () => response.writeHead(status, headers).end(body);
    if (request.method === 'GET') {
      if (request.headers['x-api-key'] === undefined) throw new Error('There is no key.');
      respond();
      return;
    }
    /** @type {Buffer[]} */
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const { plaintext } = JSON.parse(Buffer.concat(chunks).toString());
      if (typeof plaintext !== 'string') throw new Error('There is no key.');
      respond();
    });
  });
  server.keepAliveTimeout = 65_000; // As Keyturn's: it is named in every answer.
  return { hello: { port: await listening(server) } };
});
