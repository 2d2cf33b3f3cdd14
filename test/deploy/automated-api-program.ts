// An API that checks its keys with Keyturn: one process, as a small team runs it. It rotates them too, or,
// told that it only `guards`, leaves that to whoever comes. It says where it listens, and then stays
// until it is killed.
import { writeSync } from 'node:fs';
import express from 'express';
import { requireKey } from '../../src/guards/express.js';
import { makeKeyturn } from '../../src/keyturn.js';

const role = process.argv[3] === 'guards' ? 'tool' : 'server';
const keyturn = await makeKeyturn(JSON.parse(process.argv[2] ?? ''), { role });
const app = express();
app.get('/reports', requireKey(keyturn, { scopes: ['reports:read'] }), (_request, response) => {
  response.json({ count: 7 });
});
const server = app.listen(0, '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  writeSync(1, `${JSON.stringify({ url: `http://127.0.0.1:${port}/reports` })}\n`);
});
