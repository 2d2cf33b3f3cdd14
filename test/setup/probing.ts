import type { IncomingMessage, ServerResponse } from 'node:http';
import express from 'express';
import { requireKey } from '../../src/guards/express.js';
import type { ProbeInput } from '../../src/probe-views.js';
import { whileSettling } from './claiming.js';
import type { DataKind } from './data.js';
import { Delivering, SEAL_KEY } from './delivering.js';
import { type Listening, listen } from './listening.js';
import { whileTimePasses } from './rotating.js';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A key whose policy tries a new secret on an API, which Keyturn's own guard stands before. */
export class Probing {
  readonly at: Delivering;
  readonly #api: Listening;
  /** How the API answers instead of its guard; undefined: not otherwise. */
  answer: Answer | undefined;
  /** What stood in `Authorization` of each request. */
  readonly heard: string[] = [];

  private constructor(at: Delivering, api: Listening) {
    this.at = at;
    this.#api = api;
  }

  static async start(create: DataKind['create']): Promise<Probing> {
    const app = express();
    const api = await listen(app);
    const at = await Delivering.start(create, SEAL_KEY, {
      probes: { hosts: [`127.0.0.1:${api.port}`] },
      publicUrl: 'https://keys.example',
    });
    const probing = new Probing(at, api);
    app.use((request, response, next) => {
      probing.heard.push(request.headers.authorization ?? '');
      if (probing.answer === undefined) next();
      else probing.answer(request, response);
    });
    app.get('/health', requireKey(at.fleet.at(1).keyturn), (_request, response) => {
      response.json({ status: 'ok' });
    });
    return probing;
  }

  async close(): Promise<void> {
    await this.at.close();
    await this.#api.close();
  }

  get url(): string {
    return `${this.#api.url}/health`;
  }

  answerWith(status: number, headers: Record<string, string> = {}): void {
    this.answer = (_request, response) => void response.writeHead(status, headers).end();
  }

  /** The policy that the key follows. */
  async follow(more: Partial<NonNullable<ProbeInput['http']>> = {}): Promise<void> {
    const expected = { status: [200], json: { pointer: '/status', equals: 'ok' } };
    const probe = { http: { url: this.url, expect: expected, ...more } };
    await this.at.keyturn().policies.create({ name: 'default', probe });
  }

  async deliver(): Promise<void> {
    await this.at.deliveries.add(this.at.fleet, this.at.made.key, {
      value: this.at.made.plaintext,
    });
    await this.at.begin();
  }

  /** The new secret is answered to who asks. */
  async rotated() {
    const asked = this.at.keyturn().keys.rotate(this.at.made.key.id);
    const { plaintext, ...rest } = await whileSettling(this.at.fleet, asked);
    if (plaintext === undefined) throw new Error('There is no plaintext.');
    return { ...rest, plaintext };
  }

  async states(): Promise<readonly string[]> {
    const { secrets } = await this.at.keyturn().keys.get(this.at.made.key.id);
    return secrets.map(({ state }) => state);
  }

  untilClosed(): Promise<void> {
    return whileTimePasses(this.at.fleet, async () => (await this.at.rotation()).closedAt !== null);
  }
}
