import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { expect, onTestFinished, vi } from 'vitest';
import type { SwitchReport } from '../../src/comparison.js';
import type { TestKeyturn } from '../../src/testing.js';
import { listen } from './hosts.js';

/** What a report shows of a text that is no key here. */
export function hintOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

/** What is told once so many comparisons are counted. */
export async function reportOf(keyturn: TestKeyturn, count: number): Promise<SwitchReport> {
  return vi.waitFor(async () => {
    keyturn.clock.advanceMs(1_000); // Counts are flushed.
    const report = await keyturn.keys.importReport();
    const { admitted: _ofAgreed, ...checks } = report.checks;
    const sum = Object.values(checks).reduce((one, other) => one + other, 0);
    expect(sum).toBe(count);
    return report;
  });
}

/** The check of an API that was there before, over HTTP. */
export async function oldCheck(
  knows: (headers: IncomingMessage['headers']) => boolean = () => true,
) {
  const requests: IncomingMessage[] = [];
  const old = { admits: true, url: '', requests };
  const host = await listen((req, res) => {
    requests.push(req);
    if (req.url === '/hangs') return;
    if (req.url === '/moved') res.writeHead(302, { location: '/' }).end();
    else if (old.admits && knows(req.headers)) res.writeHead(204).end();
    else {
      const headers = { 'www-authenticate': 'Api-Key', 'set-cookie': 'session=1' };
      res.writeHead(401, { ...headers, 'content-type': 'text/html; charset=utf-8' });
      res.end('<h1>Who are you?</h1>');
    }
  });
  onTestFinished(() => host.close());
  return Object.assign(old, { url: host.url });
}
