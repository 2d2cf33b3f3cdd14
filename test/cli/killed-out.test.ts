import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Listening, listen } from '../setup/listening.js';
import { Shell, textAt } from './command-line.js';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

let shell: Shell;
let between: Listening | undefined;
beforeEach(() => {
  shell = new Shell();
});
afterEach(async () => {
  await shell.remove();
  await between?.close();
});

const filesOf = (name: string) => readdirSync(shell.folder).filter((file) => file.startsWith(name));

/** A server in front of which somebody stands, and a key of it. */
async function served(answer: (url: string) => Answer) {
  const root = ['key', 'create', '--keyspace', 'keyturn', '--name', 'root', '--scope', '*'];
  await shell.run([...root, '--out', 'root.key']);
  const made = await shell.json(['key', 'create', '--name', 'used']);
  const { url } = await shell.serve();
  between = await listen(answer(url));
  const keyFile = ['--key-file', 'root.key'];
  const rotate = ['key', 'rotate', textAt(made, 'key', 'id'), '--out', 'new.key', ...keyFile];
  return { through: [...rotate, '--server', between.url], direct: [...rotate, '--server', url] };
}

describe('key rotate --out FILE', () => {
  test('that is killed leaves no file, and the next run makes it', async () => {
    let isAsked = (): void => undefined;
    const asked = new Promise<void>((resolve) => {
      isAsked = resolve;
    });
    const { through, direct } = await served(() => () => isAsked()); // It never answers.
    const running = shell.start(through);
    await asked;
    running.child.kill('SIGKILL');
    await running.ended;
    expect(filesOf('new.key')).toEqual([]);
    expect(await shell.run(direct)).toMatchObject({ exit: 0, stdout: '' });
    expect(filesOf('new.key')).toEqual(['new.key']);
    expect(readFileSync(shell.path('new.key'), 'utf8')).toMatch(/^key_live_\w+\n$/);
    expect(statSync(shell.path('new.key')).mode & 0o777).toBe(0o600);
  });

  test('writes over nothing that came to stand there meanwhile, and loses no secret', async () => {
    const { through } = await served((url) => async (request, response) => {
      writeFileSync(shell.path('new.key'), 'of somebody else\n');
      const { method = 'GET', headers } = request;
      const sent = {
        authorization: headers.authorization ?? '',
        'content-type': 'application/json',
      };
      const body = method === 'POST' ? { body: await text(request) } : {};
      const got = await fetch(`${url}${request.url}`, { method, headers: sent, ...body });
      response.writeHead(got.status, { 'content-type': 'application/json' });
      response.end(await got.text());
    });
    const ran = await shell.run(through);
    expect(ran).toMatchObject({ exit: 0, stdout: '' });
    expect(readFileSync(shell.path('new.key'), 'utf8')).toBe('of somebody else\n');
    const [, path = ''] = /In (\S+) \(mode 0600\) is secret 2/.exec(ran.stderr) ?? [];
    expect(path).toMatch(/^new\.key\./);
    expect(readFileSync(shell.path(path), 'utf8')).toMatch(/^key_live_\w+\n$/);
  });
});
