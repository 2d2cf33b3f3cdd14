import { expect, onTestFinished, test, vi } from 'vitest';
import { requireKey } from '../../src/guards/fetch.js';
import type { Shadow } from '../../src/guards/shadow-options.js';
import { createKeyturn } from '../../src/index.js';
import { oldCheck } from './compared.js';

const SECRET = 'key_live_of-a-consumer';

test('the log says why an old check gave no verdict, and nothing of what it threw', async () => {
  const old = await oldCheck();
  const thrown = () => Promise.reject(new Error(`no such key: ${SECRET}`));
  const cases: readonly (readonly [Shadow<Request>['ask'], string])[] = [
    [thrown, 'the old check threw'],
    [() => Reflect.get({}, 'user'), 'the old check gave no verdict'],
    [{ url: `${old.url}/moved` }, 'the old check gave no verdict'],
    [{ url: `${old.url}/hangs` }, 'the old check did not answer in time'],
    [{ url: 'http://127.0.0.1:1/' }, 'the old check cannot be reached'],
  ];
  for (const [ask, message] of cases) {
    const { lines, check } = await guardedBy(ask);
    expect(await check()).toBe(503);
    expect(await check()).toBe(503);
    // Twice, and told once: each request meets it.
    await vi.waitFor(() => {
      expect(lines).toEqual([[{ room: 'verify', code: 'unasked' }, message]]);
    });
    expect(JSON.stringify(lines)).not.toContain(SECRET);
  }
});

test('an old check that gives its verdict is not told of', async () => {
  for (const word of [true, false]) {
    const { lines, check } = await guardedBy(() => word);
    expect(await check()).toBe(word ? 200 : 403);
    expect(lines).toEqual([]);
  }
});

async function guardedBy(ask: Shadow<Request>['ask']) {
  const lines: unknown[] = [];
  const tell = (...line: unknown[]) => void lines.push(line);
  const log = { info: () => {}, warn: tell, error: tell };
  const keyturn = await createKeyturn({ database: 'memory:', log });
  onTestFinished(() => keyturn.close());
  const { guarded } = requireKey(keyturn, { shadow: { ask, timeoutMs: 100 } });
  const handler = guarded(() => new Response());
  const check = async () => {
    const headers = { 'x-api-key': SECRET };
    return (await handler(new Request('https://api.example/', { headers }))).status;
  };
  return { lines, check };
}
