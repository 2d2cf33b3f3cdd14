import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { NoticeNetwork } from '../../src/notify/channel.js';

interface Posted {
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly body: unknown;
}

/** A real server that is posted to, and answers as it was told. */
export interface WebhookServer {
  readonly url: string;
  readonly posts: readonly Posted[];
  answerWith(status: number, headers?: Readonly<Record<string, string>>): void;
  close(): Promise<void>;
}

export async function startWebhookServer(): Promise<WebhookServer> {
  const posts: Posted[] = [];
  let answer: { status: number; headers: Readonly<Record<string, string>> } = {
    status: 200,
    headers: {},
  };
  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece);
    const text = Buffer.concat(pieces).toString();
    posts.push({ headers: request.headers, text, body: JSON.parse(text) });
    // What an unfriendly server would echo must come back in no message of ours.
    response.writeHead(answer.status, answer.headers).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/hook/T0/secret-in-the-path`,
    posts,
    answerWith(status, headers = {}) {
      answer = { status, headers };
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The machine's own network, which looks at no address. */
export const openNetwork: NoticeNetwork = {
  async request({ url, method, headers, body, timeoutMs }) {
    try {
      const signal = AbortSignal.timeout(timeoutMs);
      const answer = await fetch(url, { method, headers, body, redirect: 'manual', signal });
      const text = await answer.text();
      const answered = Object.fromEntries(answer.headers);
      return { kind: 'answered', status: answer.status, headers: answered, body: text };
    } catch {
      return { kind: 'failed', class: 'transient', message: 'no connection.' };
    }
  },
};
