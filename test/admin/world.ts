import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { inject } from 'vitest';
import { type Running, Shell } from '../cli/command-line.js';
// Types what is injected.
import type {} from '../docs/built.js';
import { closed, portOf } from '../setup/listening.js';
import { createDatabase } from '../setup/postgres.js';

/** Where it is served: nobody expects it there. */
const BASE_PATH = '/deep/keyturn';
export const PASSWORD = 'correct horse battery staple';

type Role = 'viewer' | 'auditor' | 'operator' | 'admin';

/** Somebody with an account. */
export interface Person {
  readonly name: string;
  readonly email: string;
  readonly password: string;
}

/** A server of the built package, as a process, with its admin pages. */
export interface AdminWorld {
  /** Of the server, with the base path. */
  readonly url: string;
  readonly admin: Person;
  /** Asks the API as a management key that may do everything. */
  readonly ask: (method: string, path: string, body?: object) => Promise<Answered>;
  readonly person: (role: Role) => Promise<Person>;
  /** Makes a link that invites somebody. */
  readonly invite: (role: Role) => Promise<{ readonly url: string; readonly email: string }>;
  /** Ends the server, and starts it again at the same address. */
  readonly stop: () => Promise<void>;
  readonly start: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** What the API said. */
interface Answered {
  readonly status: number;
  readonly body: ReturnType<typeof JSON.parse>;
}

export const stores = [{ store: 'SQLite' }, { store: 'PostgreSQL' }] as const;

/** Starts a server, and makes the first account as its set-up link does. */
export async function openAdmin({ store }: (typeof stores)[number]): Promise<AdminWorld> {
  const shell = new Shell(join(inject('builtPackage'), 'dist/cli/main.js'));
  const database = store === 'SQLite' ? undefined : await createDatabase();
  const port = await freePort();
  const env = {
    KEYTURN_DATABASE: database?.url ?? `sqlite:${shell.path('keyturn.db')}`,
    KEYTURN_BASE_PATH: BASE_PATH,
    KEYTURN_PUBLIC_URL: `http://127.0.0.1:${port}`, // Links that hand secrets over begin with it.
    KEYTURN_SETUP_FILE: shell.path('setup.txt'),
  };
  if (database !== undefined) await shell.process(['migrate'], { env });
  let running: Running & { readonly url: string } = await shell.serve(['--port', port], { env });
  const url = `http://127.0.0.1:${port}${BASE_PATH}`;
  const admin = personOf('Ada Keller');
  const key = await setUp(url, readFileSync(shell.path('setup.txt'), 'utf8').trim(), admin);
  const ask = askerOf(url, key);
  const invite = async (role: Role) => {
    const { name, email } = personOf(`Some ${role}`);
    const { body } = await ask('POST', '/v1/people', { name, email, role });
    return { url: new URL(body.invitation.url, url).href, email };
  };
  return {
    url,
    admin,
    ask,
    invite,
    async person(role) {
      const { url: link, email } = await invite(role);
      const person = { name: `Some ${role}`, email, password: PASSWORD };
      const { name, password } = person;
      await post(`${url}/v1/invitation`, { token: link.split('#')[1], name, password });
      return person;
    },
    async stop() {
      await running.stop();
    },
    async start() {
      running = await shell.serve(['--port', port], { env });
    },
    async close() {
      await shell.remove();
      await database?.drop();
    },
  };
}

/** One that nobody listens at: links have to name it before the server is there. */
async function freePort(): Promise<string> {
  const server = createServer();
  const port = await portOf(server);
  await closed(server);
  return String(port);
}

function personOf(name: string): Person {
  const email = `${randomBytes(4).toString('hex')}@example.com`;
  return { name, email, password: PASSWORD };
}

/** Uses the set-up link; answers the plaintext of the root key. */
async function setUp(url: string, link: string, account: Person): Promise<string> {
  const [, token] = link.split('#');
  const { body } = await post(`${url}/setup`, { token, account, key: true });
  return String(body.plaintext);
}

function askerOf(url: string, key: string): AdminWorld['ask'] {
  return async (method, path, body) => {
    const headers = { authorization: `Api-Key ${key}`, 'content-type': 'application/json' };
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    return answeredOf(await fetch(`${url}${path}`, { method, headers, ...sent }));
  };
}

async function post(url: string, body: object): Promise<Answered> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  const answered = await answeredOf(answer);
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${JSON.stringify(answered.body)}`);
  return answered;
}

async function answeredOf(answer: Response): Promise<Answered> {
  const text = await answer.text();
  return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) };
}
