import { expect, test } from 'vitest';
import { jsonLog } from './log.js';

test('a log line has the listed fields and no others, whatever is handed in', () => {
  const lines: string[] = [];
  const log = jsonLog(
    (line) => lines.push(line),
    () => '2026-11-24T09:30:00.000Z',
  );
  const fields = { room: 'lifecycle', code: 'key.created', keyId: 'key_1', plaintext: 'secret' };
  log.info(fields, 'changed\nby a hand');
  log.error({ room: 'http', code: undefined }, 'failed');
  expect(lines).toEqual([
    '{"time":"2026-11-24T09:30:00.000Z","level":"info","msg":"changed\\nby a hand",' +
      '"room":"lifecycle","code":"key.created","keyId":"key_1"}\n',
    '{"time":"2026-11-24T09:30:00.000Z","level":"error","msg":"failed","room":"http"}\n',
  ]);
});
