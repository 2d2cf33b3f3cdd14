import { describe, expect, onTestFinished, test } from 'vitest';
import { requireKey } from '../../src/guards/express.js';
import { requireKey as requireInFetch } from '../../src/guards/fetch.js';
import { plaintextOf, startKeyturn } from '../guards/guarded-host.js';
import { expresses, listen } from '../guards/hosts.js';

const NETWORK = '203.0.113.0/24'; // Where the key works from.

/** What the client sends, and whether that may pass behind so many trusted proxies. */
const matrix: readonly {
  readonly hops: number;
  readonly sent: string;
  readonly passes: boolean;
}[] = [
  { hops: 0, sent: '203.0.113.7', passes: false },
  { hops: 0, sent: '203.0.113.7, 203.0.113.8', passes: false },
  { hops: 1, sent: '203.0.113.7', passes: true },
  { hops: 1, sent: '198.51.100.1, 203.0.113.7', passes: true },
  { hops: 1, sent: '203.0.113.7:4711', passes: true },
  { hops: 1, sent: ' 203.0.113.7 ', passes: true },
  { hops: 1, sent: '::ffff:203.0.113.7', passes: true },
  { hops: 1, sent: '[::ffff:203.0.113.7]:4711', passes: true },
  { hops: 1, sent: '203.0.113.7, 198.51.100.1', passes: false },
  { hops: 1, sent: '203.0.113.7,198.51.100.1', passes: false },
  { hops: 1, sent: '203.0.113.7,', passes: false },
  { hops: 1, sent: '203.0.113.7, unknown', passes: false },
  { hops: 1, sent: '203.0.113.7 198.51.100.1', passes: false },
  { hops: 1, sent: '203.0.113.7/24', passes: false },
  { hops: 1, sent: '0xcb007107', passes: false },
  { hops: 1, sent: '3405803783', passes: false },
  { hops: 1, sent: '203.0.113', passes: false },
  { hops: 1, sent: 'for=203.0.113.7', passes: false },
  { hops: 1, sent: '', passes: false },
  { hops: 2, sent: '203.0.113.7, 10.0.0.1', passes: true },
  { hops: 2, sent: '198.51.100.1, 203.0.113.7, 10.0.0.1', passes: true },
  { hops: 2, sent: '203.0.113.7', passes: false },
  { hops: 2, sent: '10.0.0.1, 203.0.113.7', passes: false },
  { hops: 2, sent: '203.0.113.7, 198.51.100.1, 10.0.0.1', passes: false },
  { hops: 2, sent: `${'203.0.113.7, '.repeat(40)}10.0.0.1`, passes: false },
];

/** Headers in which other programs look for an address. */
const otherHeaders = [
  'forwarded',
  'x-real-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-forwarded',
  'x-original-forwarded-for',
  'cf-connecting-ip',
  'true-client-ip',
  'fastly-client-ip',
];

describe.each(expresses)('in $name', ({ express }) => {
  async function startHost(trustedHops: number) {
    const keyturn = await startKeyturn({ trustedHops });
    const plaintext = await plaintextOf(keyturn, { restrictions: { addresses: [NETWORK] } });
    const app = express().set('trust proxy', true); // Express would believe anyone.
    app.get('/', requireKey(keyturn), (_req, res) => void res.json({}));
    const host = await listen(app);
    onTestFinished(() => host.close());
    const ask = (...headers: readonly string[]) =>
      host.raw('GET / HTTP/1.1', 'Host: a', `X-API-Key: ${plaintext}`, ...headers);
    return ask;
  }

  test.each(matrix)(
    'security 31: behind $hops trusted proxies, "$sent" passes: $passes',
    async ({ hops, sent, passes }) => {
      const ask = await startHost(hops);
      const answer = await ask(`X-Forwarded-For: ${sent}`);
      expect(answer).toMatch(passes ? /^HTTP\/1\.1 200 / : /^HTTP\/1\.1 403 /);
      if (!passes) expect(answer).toContain('"code":"address_denied"');
    },
  );

  test('security 31: a header in two lines counts from the right as in one', async () => {
    const ask = await startHost(1);
    const [good, other] = ['X-Forwarded-For: 203.0.113.7', 'x-forwarded-for: 198.51.100.1'];
    expect(await ask(other, good)).toMatch(/^HTTP\/1\.1 200 /);
    expect(await ask(good, other)).toMatch(/^HTTP\/1\.1 403 /);
  });

  test.each(otherHeaders)('security 31: %s is no address', async (name) => {
    for (const hops of [0, 1]) {
      const ask = await startHost(hops);
      expect(await ask(`${name}: 203.0.113.7`)).toContain('"code":"address_denied"');
    }
  });
});

describe('in a fetch host', () => {
  const peers = [undefined, '198.51.100.1', '203.0.113.9', 'unknown', ''];

  test.each(matrix)(
    'security 31: behind $hops trusted proxies, "$sent" passes: $passes',
    async ({ hops, sent, passes }) => {
      const keyturn = await startKeyturn({ trustedHops: hops });
      const plaintext = await plaintextOf(keyturn, { restrictions: { addresses: [NETWORK] } });
      const handler = requireInFetch(keyturn).guarded(() => new Response('in'));
      for (const address of peers) {
        const headers = { 'x-api-key': plaintext, 'x-forwarded-for': sent };
        const answer = await handler(new Request('https://api.example/', { headers }), { address });
        const isIn = hops === 0 ? address === '203.0.113.9' : passes && address !== undefined;
        expect([address, answer.status]).toEqual([address, isIn ? 200 : 403]);
      }
    },
  );
});
