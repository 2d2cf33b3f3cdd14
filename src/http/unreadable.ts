import type { Duplex } from 'node:stream';
import { answerHeaders } from '../answer.js';
import { newRequestId } from '../sender.js';
import type { Answer, Problems } from './problem.js';

const STATUS_OF: Readonly<Record<string, 408 | 431>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_HEADER_OVERFLOW: 431,
};
const REASON = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
};

/** The answer to what is HTTP, but names no host or method that can be. */
export function badRequest(problems: Problems): Response {
  const { status, headers, body } = unreadable(problems, 400);
  return new Response(body, { status, headers });
}

/** Answers what the parser could not read, and closes: where the next request begins is unknown. */
export function refuseUnreadable(problems: Problems, error: Error, socket: Duplex): void {
  const code = 'code' in error ? String(error.code) : '';
  if (!socket.writable || code === 'ECONNRESET') return void socket.destroy();
  const status = STATUS_OF[code] ?? 400;
  const { headers, body } = unreadable(problems, status);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  socket.end(`HTTP/1.1 ${status} ${REASON[status]}\r\n${lines.join('\r\n')}\r\n\r\n${body}`);
}

function unreadable(problems: Problems, status: 400 | 408 | 431): Answer {
  const detail = 'The request could not be read as HTTP.';
  const answer = problems.ofProtocol({ status, title: REASON[status], detail });
  const headers = { connection: 'close', ...answerHeaders(answer, newRequestId()) };
  return { ...answer, headers };
}
