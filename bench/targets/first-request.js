// An application that begins, and guards what it serves with an embedded Keyturn. It tells its port
// on standard output, and ends when its standard input does.
import { createServer } from 'node:http';
import process from 'node:process';
import { createKeyturn } from 'keyturn';
import { WANTED } from '../measure/keys.js';
import { listening } from './listening.js';

const keyturn = await createKeyturn({ database: process.argv[2] ?? '' });
const server = createServer(async ({ rawHeaders: headers, url }, response) => {
  const verdict = await keyturn.verify({ headers, url, scopes: WANTED });
  const body = verdict.valid ? 'admitted' : verdict.code;
  response.writeHead(verdict.valid ? 200 : 401, { 'content-length': body.length }).end(body);
});
console.log(await listening(server));
process.stdin.resume().once('end', async () => {
  await keyturn.close();
  process.exit();
});
