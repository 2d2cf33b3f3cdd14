import { InvalidRequestError } from '../../errors.js';
import type { LiveNews } from '../../live-views.js';
import { headerOf } from '../../sender.js';
import type { HeaderSource } from '../../verdict.js';
import { defineRoute, NO_FIELDS, type Route } from '../route.js';
import { closed, keyspaceQuery } from '../schemas.js';

const EVENTS = 'text/event-stream';
const NUMBER = /^\d{1,15}$/;
const RETRY_MS = 2_000; // When a client comes back that was cut off.

/**
 * What is changed, as it is.
 * @public
 */
export const liveRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    path: '/v1/live',
    access: 'keyspaces:read',
    summary: 'Follow what is changed, as server-sent events; Last-Event-ID goes on after a number.',
    body: NO_FIELDS,
    query: closed({ ...keyspaceQuery }),
    answers: {
      200: { kind: 'text', mediaType: EVENTS, what: 'An event for each change, as they come.' },
    },
    problems: [404, 409],
    async handle({ management, query, arrival, streams }) {
      const after = afterOf(arrival.headers);
      // A proxy that gathers the answer first would never have it whole.
      const headers = { 'x-accel-buffering': 'no' };
      if (arrival.method === 'HEAD') return { status: 200, headers };
      const stopping = new AbortController();
      const news = await management.live({ ...query, after, signal: stopping.signal });
      const stream = streams.bodyOf(textsOf(news), () => stopping.abort());
      return { status: 200, headers, stream };
    },
  }),
];

/** @throws {InvalidRequestError} it is no number of a change. */
function afterOf(headers: HeaderSource): number | undefined {
  const text = headerOf(headers, 'last-event-id');
  if (text === undefined || text === '') return undefined;
  if (NUMBER.test(text)) return Number(text);
  const fix = 'Send the id of the last event, or leave it out.';
  const fault = { pointer: '/Last-Event-ID', message: 'is no number of a change.', fix };
  throw new InvalidRequestError([fault]);
}

async function* textsOf(news: AsyncIterable<LiveNews>): AsyncGenerator<string> {
  yield `retry: ${RETRY_MS}\n: it follows\n\n`;
  for await (const one of news) yield textOf(one);
}

function textOf(news: LiveNews): string {
  switch (news.kind) {
    case 'idle':
      return ': nothing\n\n';
    case 'reset':
      return `event: reset\nid: ${news.number}\ndata: {"number":${news.number}}\n\n`;
    case 'change': {
      const { kind: _kind, ...data } = news;
      return `id: ${news.number}\ndata: ${JSON.stringify(data)}\n\n`;
    }
  }
}
