import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import {
  request as httpRequest,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http';
import { Agent, request } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { root } from '../docs/page.js';
import { freePort } from './free-port.js';

const START_WITHIN_MS = 10_000;
const POLL_MS = 20;
const NAME = 'keys.example';

/** What a front answered. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A request to a front. */
export interface Asked {
  readonly path: string;
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string;
  /** The address of this machine that it comes from. */
  readonly from?: string;
}

/** A real nginx with the configuration that is shipped. */
export interface Front {
  /** Over TLS, on kept connections. */
  readonly ask: (asked: Asked) => Promise<Answer>;
  /** Over http:, which it is there to refuse. */
  readonly askPlainly: (path: string) => Promise<number>;
  readonly stop: () => Promise<void>;
}

/** Starts nginx in front of what listens on these two ports of this machine. */
export async function startFront(
  nginx: string,
  upstreams: readonly [number, number],
): Promise<Front> {
  const folder = mkdtempSync(join(tmpdir(), 'keyturn-nginx-'));
  const [plain, secure] = [await freePort(), await freePort()];
  const ca = makeCertificate(folder);
  const shipped = readFileSync(join(root, 'deploy/nginx/keyturn.conf'), 'utf8')
    .replace('listen 80;', `listen 127.0.0.1:${plain};`)
    .replace('listen 443 ', `listen 127.0.0.1:${secure} `)
    .replace('127.0.0.1:8787', `127.0.0.1:${upstreams[0]}`)
    .replace('127.0.0.1:8788', `127.0.0.1:${upstreams[1]}`)
    .replaceAll('/etc/nginx/keys.example', join(folder, 'keys.example'));
  writeFileSync(join(folder, 'keyturn.conf'), shipped);
  writeFileSync(join(folder, 'nginx.conf'), surroundings(folder, ['include keyturn.conf;']));
  const stop = await startNginx(nginx, folder, secure);
  const agent = new Agent({ keepAlive: true, ca, servername: NAME });
  return {
    ask: (asked) => ask({ agent, port: secure }, asked),
    askPlainly: (path) => askPlainly(plain, path),
    async stop() {
      agent.destroy();
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Runs nginx with `nginx.conf` in a folder, until it is stopped; it listens on this port. */
export async function startNginx(
  nginx: string,
  folder: string,
  port: number,
): Promise<() => Promise<void>> {
  const child = spawn(nginx, ['-e', 'stderr', '-p', folder, '-c', 'nginx.conf']);
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  await listening(port, () => {
    if (child.exitCode !== null) throw new Error(`nginx ended: ${said}`);
  });
  return async () => {
    child.kill('SIGTERM');
    await ended;
  };
}

/** An nginx.conf with this in its `http`; all that nginx writes stays in the folder. */
export function surroundings(folder: string, http: readonly string[]): string {
  const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  mkdirSync(join(folder, 'temp'));
  return [
    ...(process.getuid?.() === 0 ? ['user root;'] : []),
    'daemon off;',
    'pid nginx.pid;',
    'events {}',
    'http {',
    'access_log off;',
    ...kinds.map((kind) => `${kind}_temp_path temp/${kind};`),
    ...http,
    '}',
  ].join('\n');
}

function makeCertificate(folder: string): string {
  const [key, certificate] = ['key', 'crt'].map((end) => join(folder, `keys.example.${end}`));
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const names = ['-subj', `/CN=${NAME}`, '-addext', `subjectAltName=DNS:${NAME}`];
  const files = ['-keyout', key ?? '', '-out', certificate ?? ''];
  execFileSync('openssl', ['req', '-x509', '-days', '2', ...curve, ...names, ...files], {
    stdio: 'ignore',
  });
  return readFileSync(certificate ?? '', 'utf8');
}

function ask(
  { agent, port }: { readonly agent: Agent; readonly port: number },
  { path, method = 'GET', headers = {}, body, from }: Asked,
): Promise<Answer> {
  const named = { host: NAME, ...headers };
  const options = { agent, host: '127.0.0.1', port, path, method, headers: named };
  return new Promise((resolve, reject) => {
    const asking = request({ ...options, localAddress: from }, (incoming) => {
      let text = '';
      incoming.setEncoding('utf8').on('data', (part: string) => (text += part));
      incoming.once('error', reject);
      incoming.once('end', () => {
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: text });
      });
    });
    asking.once('error', reject);
    asking.end(body);
  });
}

function askPlainly(port: number, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path, headers: { host: NAME } };
    const asking = httpRequest(options, (incoming) => {
      incoming.resume();
      resolve(incoming.statusCode ?? 0);
    });
    asking.once('error', reject);
    asking.end();
  });
}

/** Waits until somebody listens. @throws what `look` throws, or that it took too long. */
async function listening(port: number, look: () => void): Promise<void> {
  for (let waitedMs = 0; waitedMs < START_WITHIN_MS; waitedMs += POLL_MS) {
    look();
    const isThere = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true));
      socket.once('error', () => resolve(false));
      socket.once('close', () => socket.destroy());
      socket.unref();
    });
    if (isThere) return;
    await pause(POLL_MS);
  }
  throw new Error(`Nobody listens on ${port}.`);
}
