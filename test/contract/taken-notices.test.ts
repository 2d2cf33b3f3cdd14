import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createKeyturn } from '../../src/index.js';
import type { Keyturn } from '../../src/public.js';
import { listen } from '../setup/listening.js';

let keyturn: Keyturn;
let folder: string;
let close: () => Promise<unknown>;
beforeEach(async () => {
  const served = await listen((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end('x'.repeat(100_000));
  });
  close = served.close;
  folder = await mkdtemp(join(tmpdir(), 'hook-'));
  const file = join(folder, 'address');
  await writeFile(file, served.url);
  keyturn = await createKeyturn({
    database: 'memory:',
    notices: {
      hosts: ['127.0.0.1:*'],
      connections: { hook: { kind: 'slack', address: { file } } },
    },
  });
});
afterEach(async () => {
  await keyturn.close();
  await close();
  await rm(folder, { recursive: true });
});

test('a notice is taken by a 2xx, however long the page that comes with it', async () => {
  const { id } = await keyturn.channels.create({ name: 'hook', kind: 'slack', connection: 'hook' });
  expect(await keyturn.channels.test(id)).toMatchObject({ sent: true });
});
