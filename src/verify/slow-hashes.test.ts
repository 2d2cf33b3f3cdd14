import { expect, test } from 'vitest';
import type { HashEngine } from '../keys/derive-hash.js';
import type { DjangoHash } from '../keys/django-hash.js';
import { type HashCheck, SlowHashes } from './slow-hashes.js';

const AT_ONCE = 2;
const LONGEST_WAIT_MS = 8_000; // As in slow-hashes.ts.
const BURST = 20; // Of guesses, in all.
const SECOND_MS = 1_000;

const HASH: DjangoHash = {
  kind: 'argon2',
  variant: 'argon2id',
  memoryKib: 8,
  iterations: 1,
  parallelism: 1,
  salt: Buffer.from('salt'),
  expected: Buffer.from('expected'),
};

/** What is made ends when it is told to. */
function heldEngine(): { readonly engine: HashEngine; readonly end: () => void } {
  const held: ((derived: Uint8Array) => void)[] = [];
  let isEnded = false;
  const derive = () =>
    isEnded
      ? Promise.resolve(Buffer.from('another.'))
      : new Promise<Uint8Array>((resolve) => held.push(resolve));
  const end = () => {
    isEnded = true;
    for (const resolve of held) resolve(Buffer.from('another.'));
  };
  return { engine: { derive }, end };
}

/** Each of its hashes is known to cost so much, of those that it has made so far. */
async function costing(costMs: number, engine: HashEngine): Promise<SlowHashes> {
  let [nowMs, isKnown] = [0, false];
  const derive: HashEngine['derive'] = async (password, hash) => {
    if (isKnown) return engine.derive(password, hash);
    nowMs += costMs;
    return HASH.expected;
  };
  const hashes = new SlowHashes({ derive }, () => nowMs);
  for (let made = 0; made < 100; made += 1) await goodOnes(hashes, 1);
  isKnown = true;
  return hashes;
}

// Hashes that take longer than their rate would pile up, each with its request.
test.each([100, 1_000])(
  'security 4: nobody waits for longer than a client does: at %i ms each',
  async (costMs) => {
    const { engine, end } = heldEngine();
    const hashes = await costing(costMs, engine);
    const asked: Promise<HashCheck>[] = [];
    const ask = (second: number) =>
      hashes.check({
        plaintext: 'a guess',
        hash: HASH,
        address: `10.${second % 250}.${Math.floor(second / 250)}.1`,
        nowMs: second * SECOND_MS,
      });
    const held = AT_ONCE + (AT_ONCE * LONGEST_WAIT_MS) / costMs;
    for (let second = 0; asked.length < held; second += 1) asked.push(ask(second));
    // It comes a second after the last: what its network and all may try is not used up.
    const answers: HashCheck[] = [];
    const next = ask(held).then((answer) => answers.push(answer));
    await new Promise((resolve) => setImmediate(resolve)); // Who has not to wait is answered by now.
    expect(answers).toEqual([{ kind: 'limited', retryAfter: 1 }]);
    end();
    await next;
    // What waited is held against the rate when its turn comes: these were all guesses.
    const made = (await Promise.all(asked)).filter(({ kind }) => kind === 'other');
    expect(made).toHaveLength(Math.min(BURST, held));
  },
);

const goodOnes = (hashes: SlowHashes, count: number, address = '203.0.113.7') =>
  Promise.all(
    Array.from({ length: count }, () =>
      hashes.check({ plaintext: 'a key', hash: HASH, address, nowMs: SECOND_MS }),
    ),
  );
const kindsOf = (answers: readonly HashCheck[]) => answers.map(({ kind }) => kind);

test('who has good keys is limited by no budget of guesses, though they come together', async () => {
  const derive = async () => HASH.expected;
  const hashes = new SlowHashes({ derive }, () => 0);
  for (let round = 0; round < 3; round += 1) {
    expect(new Set(kindsOf(await goodOnes(hashes, 12)))).toEqual(new Set(['match']));
  }
});

test('security 4: one network takes no more than half of the places to wait', async () => {
  const { engine, end } = heldEngine();
  const hashes = await costing(500, engine); // 32 places.
  const flood = goodOnes(hashes, 40);
  const other = goodOnes(hashes, 1, '198.51.100.7');
  end();
  expect(kindsOf(await flood).filter((kind) => kind === 'limited').length).toBeGreaterThan(20);
  expect(kindsOf(await other)).toEqual(['other']);
});
