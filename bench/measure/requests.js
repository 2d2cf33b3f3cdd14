// Requests as they go over the wire.

/** @typedef {{ method: string, path: string, headers: Readonly<Record<string, string>>, body?: string }} Request */

/** @param {Request} request */
export function wired({ method, path, headers, body }) {
  const fields = { host: '127.0.0.1', ...headers };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}`);
  if (body !== undefined) lines.push(`content-length: ${Buffer.byteLength(body)}`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body ?? ''}`;
}
