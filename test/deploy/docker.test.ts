import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DockerfileParser } from 'dockerfile-ast';
import { validate } from 'dockerfile-utils';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { root } from '../docs/page.js';
import { commandHere, imageOf } from './container.js';
import { freePort } from './free-port.js';
import { type Installed, install } from './installed.js';
import { jailed, jailOrSkip } from './jail.js';

const text = readFileSync(join(root, 'Dockerfile'), 'utf8');
const image = imageOf(text);
const BOUND = { timeout: 20_000, interval: 50 };

let installed: Installed;
let data: string;
beforeAll(() => {
  installed = install();
  data = mkdtempSync(join(tmpdir(), 'keyturn-data-'));
  chmodSync(data, 0o700);
});
afterAll(() => {
  installed.remove();
  rmSync(data, { recursive: true, force: true });
});

describe('the Dockerfile', () => {
  test('has no fault that its linter knows', () => {
    expect(validate(text).map(({ message }) => message)).toEqual([]);
  });

  test('copies what is there, and .dockerignore lets in nothing but what it names', () => {
    const lines = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n');
    const rules = lines.filter((line) => line !== '' && !line.startsWith('#'));
    expect(rules[0]).toBe('*');
    const letIn = rules.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
    const sources = DockerfileParser.parse(text)
      .getCOPYs()
      .filter((copy) => copy.getFlags().length === 0)
      .flatMap((copy) => copy.getArguments().slice(0, -1))
      .map((argument) => argument.getValue());
    expect(sources.length).toBeGreaterThan(0);
    for (const source of sources.filter((one) => one !== '.')) expect(letIn).toContain(source);
    for (const path of letIn.filter((one) => !one.includes('*'))) {
      expect(existsSync(join(root, path)), path).toBe(true);
    }
    // Whatever lies in a folder that is let in.
    expect(rules).toEqual(expect.arrayContaining(['**/node_modules', '**/*.db*', '**/*.key']));
  });

  test('keeps what the server may load, and nothing else that is for development', () => {
    const prune = DockerfileParser.parse(text)
      .getInstructions()
      .map((one) => one.getArgumentsContent() ?? '')
      .find((line) => line.includes('npm prune'));
    expect(prune).toContain('npm prune --omit=dev');
    // What it would leave stands in the lock file: whatever is not for development alone.
    const locks = 'npm install --package-lock-only --ignore-scripts --offline --no-audit --no-fund';
    const script = prune?.replaceAll('\\\n', ' ').replace(/npm prune .*/, locks) ?? '';
    const folder = mkdtempSync(join(tmpdir(), 'keyturn-pruned-'));
    try {
      for (const name of ['package.json', 'package-lock.json', '.npmrc']) {
        copyFileSync(join(root, name), join(folder, name));
      }
      const ran = spawnSync('sh', ['-c', script], { cwd: folder, encoding: 'utf8' });
      expect(ran).toMatchObject({ status: 0 });
      const { packages } = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8'));
      const isKept = (name: string) => packages[`node_modules/${name}`].dev !== true;
      expect(['hono', 'pg', 'hash-wasm', 'express', 'vitest'].filter(isKept)).toEqual([
        'hono',
        'pg',
        'hash-wasm',
      ]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test('finds what the page has an image of one’s own add: it is installed above its own folder', () => {
    const page = readFileSync(join(root, 'docs/operate/containers.md'), 'utf8');
    const [, folder = '/'] = /^RUN npm install --prefix (\S+) nodemailer$/m.exec(page) ?? [];
    const places = DockerfileParser.parse(text)
      .getCOPYs()
      .map((copy) => copy.getArguments().at(-1)?.getValue() ?? '')
      .filter((place) => place.endsWith('/dist'));
    expect(places).toEqual([expect.stringMatching(`^${folder}/keyturn/`)]);
    expect(page).toContain(`USER ${image.user}\n`);
  });

  test('ends as a user without a name or rights, and takes no secret at build time', () => {
    expect(image.user).toMatch(/^[1-9]\d{3,}:[1-9]\d{3,}$/);
    expect(image.stopSignal).toBe('SIGTERM');
    const args = DockerfileParser.parse(text)
      .getInstructions()
      .filter((one) => one.getKeyword() === 'ARG')
      .map((one) => one.getArgumentsContent()?.split('=')[0]);
    expect(args).toEqual(['NODE_IMAGE']);
  });

  test.each([
    ['127.0.0.2', '127.0.0.2'],
    ['0.0.0.0', '127.0.0.1'],
  ])('asks a server that listens at %s for its health at %s', async (host, asked) => {
    const server = createServer((request, response) => {
      response.statusCode = request.url === '/healthz' ? 200 : 404;
      response.end();
    });
    server.listen(0, asked);
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const env = { ...image.env, KEYTURN_HOST: host, KEYTURN_PORT: String(port) };
    const [program = '', ...args] = commandHere(image.healthcheck, installed);
    const [status] = await once(spawn(program, args, { env }), 'exit');
    server.close();
    expect(status).toBe(0);
  });

  test('describes a container that runs on a read-only root, is healthy, and stops cleanly', async (ctx) => {
    jailOrSkip(ctx);
    const port = await freePort();
    const here = { KEYTURN_PORT: String(port), PATH: '/usr/bin:/bin' };
    const inData = image.env['KEYTURN_DATABASE']?.replace(image.volume, data) ?? '';
    const env = { ...image.env, ...here, KEYTURN_DATABASE: inData };
    const jail = { writable: [data], cwd: data, env };
    const command = commandHere([...image.entrypoint, ...image.command], installed);
    const isHealthy = () => {
      const [program = '', ...args] = commandHere(image.healthcheck, installed);
      return spawnSync(program, args, { env }).status === 0;
    };
    expect(isHealthy()).toBe(false); // Nobody is there yet.

    const container = jailed(command, jail);
    await expect.poll(isHealthy, BOUND).toBe(true);
    await expect.poll(() => container.output(), BOUND).toContain('is ready');
    const uid = Number(image.user.split(':')[0]);
    expect(readdirSync(data).length).toBeGreaterThan(0);
    expect(spawnSync('stat', ['-c', '%u', join(data, 'keyturn.db')]).stdout.toString()).toBe(
      `${uid}\n`,
    );
    // A command in the same container, on the same data.
    const made = jailed(
      commandHere([...image.entrypoint, 'key', 'create', '--name', 'CI'], installed),
      jail,
    );
    expect(await made.ended, made.output()).toBe(0);
    container.kill('SIGTERM');
    expect(await container.ended, container.output()).toBe(0);
  });
});
