// For machines without curl: as much of it as the pages use. Where there is a curl, it is used.
import { writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    silent: { type: 'boolean', short: 's' },
    'dump-header': { type: 'string', short: 'D' },
    request: { type: 'string', short: 'X' },
    header: { type: 'string', short: 'H', multiple: true },
    data: { type: 'string', short: 'd' },
    output: { type: 'string', short: 'o' },
  },
});
const [url = ''] = positionals;
const { data, output } = values;
const method = values.request ?? (data === undefined ? 'GET' : 'POST');

const call = request(url, { method }, async (response) => {
  const chunks = await response.toArray();
  if (values['dump-header'] === '-') process.stdout.write(headText(response));
  if (output === undefined) process.stdout.write(Buffer.concat(chunks));
  else writeFileSync(output, Buffer.concat(chunks));
});
call.on('error', () => process.exit(7)); // As curl does when it cannot connect.
for (const line of values.header ?? []) {
  const colon = line.indexOf(':');
  call.setHeader(line.slice(0, colon), line.slice(colon + 1).trim());
}
if (data !== undefined) call.setHeader('content-length', Buffer.byteLength(data));
call.end(data);

/** @param {import('node:http').IncomingMessage} response */
function headText({ httpVersion, statusCode, statusMessage, rawHeaders }) {
  const lines = rawHeaders.flatMap((name, index) =>
    index % 2 === 0 ? [`${name}: ${rawHeaders[index + 1]}`] : [],
  );
  return `${[`HTTP/${httpVersion} ${statusCode} ${statusMessage}`, ...lines].join('\r\n')}\r\n\r\n`;
}
