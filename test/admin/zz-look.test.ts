import { writeFileSync } from 'node:fs';
import { test } from 'vitest';
import { serveNode } from '../../src/http/node-server.js';
import { liveIn } from '../setup/lived-in.js';
test('look', async () => {
  const { keyturn } = await liveIn();
  const { plaintext } = await keyturn.keys.create({ name: 'root', keyspace: 'keyturn', scopes: ['*'] });
  const server = await serveNode(keyturn, { host: '127.0.0.1', port: 8790 });
  writeFileSync('/tmp/look.json', JSON.stringify({ url: server.url, key: plaintext, now: keyturn.clock.nowMs() }));
  await new Promise((resolve) => setTimeout(resolve, 3_600_000));
}, 4_000_000);
