import { createHash, pbkdf2Sync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { requireKey } from '../../src/guards/fetch.js';
import { createKeyturn } from '../../src/index.js';
import { Shell } from './command-line.js';

const OLD = 'acme.7Yk2pQm4Zt9Xw3Rb6Vn8';
const OTHER = 'other.3Rb6Vn8Yk2pQm4Zt9Xw7';

let shell: Shell;
let server: readonly string[];
beforeAll(async () => {
  shell = new Shell();
  const root = ['key', 'create', '--keyspace', 'keyturn', '--name', 'root', '--scope', '*'];
  await shell.run([...root, '--out', 'root.key']);
});
afterAll(() => shell.remove());

/** Requests to an API whose old check admits two texts, as an application of today makes them. */
function serve(...sent: readonly string[]): Promise<void> {
  return serveIn('default', ...sent);
}

async function serveIn(keyspace: string, ...sent: readonly string[]): Promise<void> {
  const keyturn = await createKeyturn({ database: `sqlite:${shell.path('keyturn.db')}` });
  const ask = ({ headers }: Request) => [OLD, OTHER].includes(headers.get('x-api-key') ?? '');
  const { guarded } = requireKey(keyturn, { keyspace, shadow: { ask, label: 'GET /reports' } });
  const handle = guarded(() => new Response());
  for (const key of sent) {
    await handle(new Request('https://api.example/', { headers: { 'x-api-key': key } }));
  }
  await keyturn.close(); // Nothing of what was compared is lost.
}

const WORK = 5_000; // So that each takes some milliseconds.
const prefixOf = (id: number) => `slow${String(id).padStart(4, '0')}`;

/** Asks for each key once, so many at a time, until all of that is compared. */
async function serveSlow(at: Shell, keys: readonly string[], atOnce: number): Promise<void> {
  const keyturn = await createKeyturn({ database: `sqlite:${at.path('keyturn.db')}` });
  const { guarded } = requireKey(keyturn, { keyspace: 'slow', shadow: { ask: () => true } });
  const handle = guarded(() => new Response());
  await keyturn.open();
  const compared = async () => {
    const { checks } = await keyturn.keys.importReport({ keyspace: 'slow' });
    return checks.agreed + checks.skipped;
  };
  const before = await compared();
  for (let from = 0; from < keys.length; from += atOnce) {
    const some = keys.slice(from, from + atOnce).map((key) => ({ 'x-api-key': key }));
    const requests = some.map((headers) => new Request('https://api.example/', { headers }));
    await Promise.all(requests.map((request) => handle(request)));
    await expect.poll(compared, { timeout: 10_000 }).toBe(before + from + some.length);
  }
  await keyturn.close();
}

const report = ['import', 'report'];

/** What came of checks while the one before answered, and while it did not. */
async function compare({ answered, unanswered }: { answered: number; unanswered: number }) {
  const keyspace = `k${answered}x${unanswered}`;
  const keyturn = await createKeyturn({ database: 'memory:' });
  await keyturn.keyspaces.create({ name: keyspace, prefix: keyspace });
  let isAway = false;
  const ask = () => {
    if (isAway) throw new Error('The old check is away.');
    return true;
  };
  const { plaintext } = await keyturn.keys.create({ name: 'Acme', keyspace });
  const { guarded } = requireKey(keyturn, { keyspace, shadow: { ask } });
  const handle = guarded(() => new Response());
  const request = new Request('https://api.example/', { headers: { 'x-api-key': plaintext } });
  for (let check = 0; check < answered; check += 1) await handle(request);
  isAway = true;
  for (let check = 0; check < unanswered; check += 1) await handle(request);
  const compared = async () => {
    const { checks } = await keyturn.keys.importReport({ keyspace });
    return checks.agreed + checks.unasked;
  };
  await expect.poll(compared, { timeout: 10_000 }).toBe(answered + unanswered);
  const found = await keyturn.keys.importReport({ keyspace });
  await keyturn.close();
  return found;
}

describe('import report', () => {
  test('is no word of safety where too many checks had no answer of the one before', async () => {
    expect(await compare({ answered: 100, unanswered: 1 })).toMatchObject({ isSafe: true });
    expect(await compare({ answered: 99, unanswered: 1 })).toMatchObject({
      isSafe: false,
      disagreements: 0,
      checks: { agreed: 99, admitted: 99, disagreed: 0, unasked: 1 },
    });
  });

  test('has nothing to tell before a guard is in shadow', async () => {
    const ran = await shell.run(report);
    expect(ran.exit).toBe(1);
    expect(ran.stdout).toContain('Nothing was compared.');
    expect(ran.stdout).toContain('Guard a route with the option "shadow"');
  });

  test('lists where the check before and Keyturn decide in two ways', async () => {
    await serve(OLD, 'swordfish', OLD);
    const ran = await shell.run(report);
    expect(ran.exit).toBe(1);
    const hint = createHash('sha256').update(OLD).digest('hex').slice(0, 8);
    expect(ran.stdout).toMatch(/^KEYSPACE +KEY +SHA-256 +AT +BEFORE +KEYTURN +CHECKS +LAST$/m);
    expect(ran.stdout).toMatch(
      new RegExp(`^default +– +${hint}… +GET /reports +admitted +malformed +2 +20`, 'm'),
    );
    expect(ran.stdout).toContain('1 decided alike (0 admitted), 2 in two ways.');
    expect(ran.stdout).toContain('Do not switch yet: 1 row of disagreements.');
    expect(ran.stdout).not.toContain(OLD);
  });

  test('says when it is safe to switch, as a server says it', async () => {
    await shell.run(['key', 'import', '-', '--from', 'jsonl'], {
      input: JSON.stringify({ id: 1, name: 'Acme', plaintext: OLD }),
    });
    const other = ['keyspace', 'create', 'other', '--prefix', 'other'];
    expect(await shell.run(other)).toMatchObject({ exit: 0 });
    await shell.run(['key', 'import', '-', '--from', 'jsonl', '--keyspace', 'other'], {
      input: JSON.stringify({ id: 2, name: 'Other', plaintext: OTHER }),
    });
    await serve(OLD);
    await serveIn('other', 'swordfish');
    const refused = await shell.run([...report, '--keyspace', 'other']);
    expect(refused).toMatchObject({ exit: 1 });
    expect(refused.stdout).toContain('Do not switch yet: no request was admitted by both.');
    await serveIn('other', OTHER);
    const { url } = await shell.serve();
    server = ['--server', url, '--key-file', 'root.key'];
    const since = [...report, '--since', '2999-01-01'];
    for (const at of [[], server]) {
      const all = await shell.run([...report, '--json', ...at]);
      expect(all.exit).toBe(1);
      expect(all.json()).toMatchObject({ isSafe: false, checks: { agreed: 4, disagreed: 2 } });
      expect(await shell.run([...since, ...at])).toMatchObject({ exit: 1 });
      const elsewhere = await shell.run([...report, '--keyspace', 'other', '--json', ...at]);
      expect(elsewhere).toMatchObject({ exit: 0 });
      expect(elsewhere.json()).toMatchObject({ isSafe: true, items: [], disagreements: 0 });
      const told = await shell.run([...report, '--keyspace', 'other', ...at]);
      expect(told.stdout).toContain('it is safe to take "shadow" out of the guards');
      const each = await shell.run([...report, '--all', '--json', ...at]);
      expect(each.json()).toEqual(all.json());
      for (const [option, value] of [
        ['--since', 'yesterday'],
        ['--limit', '201'],
        ['--cursor', 'x'],
      ] as const) {
        const ran = await shell.run([...report, option, value, ...at]);
        expect(ran.exit).toBe(2);
        expect(ran.stderr).toContain(option);
      }
    }
  });

  test('says that slow hashes give way, where too many came at once to be compared', async () => {
    const other = new Shell();
    onTestFinished(() => other.remove());
    const keys = Array.from({ length: 700 }, (_, id) => `${prefixOf(id)}.9Zt4Xw3Rb6Vn8Yk2pQm7`);
    expect(await other.run(['keyspace', 'create', 'slow', '--prefix', 'slow'])).toMatchObject({
      exit: 0,
    });
    const input = keys.map((key, id) => {
      const made = pbkdf2Sync(key, `salt${id}`, WORK, 32, 'sha256').toString('base64');
      const hash = `pbkdf2_sha256$${WORK}$salt${id}$${made}`;
      return JSON.stringify({ id, name: `Key ${id}`, prefix: prefixOf(id), hash });
    });
    const more = ['--from', 'jsonl', '--keyspace', 'slow'];
    const imported = await other.run(['key', 'import', '-', ...more], { input: input.join('\n') });
    expect(imported).toMatchObject({ exit: 0 });
    await serveSlow(other, keys, keys.length);
    const told = await other.run([...report, '--keyspace', 'slow']);
    expect(told).toMatchObject({ exit: 1 });
    expect(told.stdout).toMatch(/ [1-9]\d* put off, to be no burden/);
    expect(told.stdout).toContain('Nothing is broken: they came while too many others waited.');
    expect(told.stdout).not.toContain('Mend');
    // A key that is asked for again is compared.
    await serveSlow(other, keys, 150);
    const sums = /(\d+) decided alike.* (\d+) put off/.exec(
      (await other.run([...report, '--keyspace', 'slow'])).stdout,
    );
    expect(Number(sums?.[1]) + Number(sums?.[2])).toBe(2 * keys.length);
    expect(Number(sums?.[1])).toBeGreaterThan(keys.length);
  }, 60_000);
});
