import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  createKeyturn,
  type Destination,
  type DestinationKind,
  type DestinationOutside,
  digestOf,
  type Reading,
} from '../../src/index.js';
import { newKeyId } from '../../src/keys/id.js';
import { systemPorts } from '../../src/ports.js';
import { type DestinationTarget, destinationContract, openOutside } from '../../src/testing.js';
import { untyped } from '../guards/untyped.js';

type Kind = DestinationKind<{ readonly path: string }, DestinationOutside>;

/** A file that holds a secret and nothing else. */
const secretFile: Kind = {
  kind: 'secret-file',
  settings: {
    wanted: 'the settings of a secret file',
    fits: (value) => typeof value === 'object',
    fields: {
      path: { wanted: 'a path', fits: (value) => typeof value === 'string', isRequired: true },
    },
  },
  open({ path }, { files }) {
    const file = files.file(path);
    if (file === undefined) throw new Error(`${path} is outside "destinations.roots".`);
    const failed = (message: string) =>
      ({ kind: 'failed', class: 'target_missing', message: `${path} ${message}` }) as const;
    const read = async (): Promise<Reading> => {
      const found = await file.read();
      if (found.kind === 'failed') return failed(found.message);
      const { content, version } = found;
      if (content.length === 0) return { kind: 'absent', version };
      return { kind: 'found', fingerprint: digestOf(content.toString()), version };
    };
    const fingerprintOf = (one: Reading) => (one.kind === 'found' ? one.fingerprint : null);
    return {
      place: path,
      async preflight() {
        const probed = await file.probe();
        return probed.kind === 'failed' ? failed(probed.message) : { kind: 'ready' };
      },
      read,
      readBack: read,
      async write(value, expected) {
        const now = await read();
        if (now.kind === 'failed' || now.kind === 'unreadable') return failed('cannot be read');
        const found = fingerprintOf(now);
        if (found === digestOf(value.reveal())) return { kind: 'written' };
        if (found !== fingerprintOf(expected)) return { kind: 'drift', found };
        const done = await file.replace(now.version ?? '', Buffer.from(value.reveal()));
        return done.kind === 'replaced' ? { kind: 'written' } : failed('was not replaced');
      },
      reload: async () => ({ kind: 'nothing_to_do' }),
    };
  },
};

describe('a kind of destination of one’s own', () => {
  let root: string;
  let path: string;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'keyturn-own-'));
    path = join(root, 'secret');
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  /** The destination with something broken about it. */
  async function opened(
    value: string | null,
    broken: (good: Destination) => Partial<Destination> = () => ({}),
  ): Promise<DestinationTarget> {
    await writeFile(path, value ?? '');
    const keyId = newKeyId({ nowMs: 0, random: systemPorts().random });
    const good = secretFile.open({ path }, await openOutside({ roots: [root] }), keyId);
    return {
      destination: { ...good, ...broken(good) },
      value: async () => (await readFile(path, 'utf8')) || null,
      edit: (text) => writeFile(path, text),
      trace: async () => {
        const { ino, mtimeNs } = await stat(path, { bigint: true });
        return `${ino} ${mtimeNs}`;
      },
      close: async () => undefined,
    };
  }

  test('keeps every promise', async () => {
    await expect(destinationContract((value) => opened(value))).resolves.toBeUndefined();
  });

  const everything: Record<string, (good: Destination) => Partial<Destination>> = {
    'is looked at without being changed': () => ({
      async preflight() {
        await writeFile(path, 'tried');
        return { kind: 'ready' };
      },
    }),
    'holds what was written, and says so': () => ({ write: async () => ({ kind: 'written' }) }),
    'keeps what somebody else wrote meanwhile': ({ read, write }) => ({
      write: async (value, _expected, delivery) => write(value, await read(), delivery),
    }),
    'is written once, however often it is asked for': ({ read, write }) => ({
      async write(value, expected, delivery) {
        const now = await read();
        const isThere = now.kind === 'found' && now.fingerprint === digestOf(value.reveal());
        if (isThere) await writeFile(path, value.reveal());
        return write(value, expected, delivery);
      },
    }),
    'is not written where what was expected to be empty is not': ({ read, write }) => ({
      write: async (value, expected, delivery) =>
        write(value, expected.kind === 'absent' ? await read() : expected, delivery),
    }),
    'is filled where nothing was': ({ read }) => ({
      async read() {
        const now = await read();
        return now.kind === 'absent' ? { kind: 'unreadable' } : now;
      },
    }),
    'never tells a value': ({ write }) => ({
      async write(value, expected, delivery) {
        const done = await write(value, expected, delivery);
        return done.kind === 'written' ? { ...done, version: value.reveal() } : done;
      },
    }),
  };
  test.each(Object.entries(everything))('that breaks "%s" is told so', async (promise, broken) => {
    const tried = destinationContract((value) => opened(value, broken));
    await expect(tried).rejects.toThrow(`A destination ${promise}. This one does not:`);
  });

  test('that has another word for a reload is told so', async () => {
    const reload = async () => JSON.parse('{"kind":"ok"}');
    const tried = destinationContract((value) => opened(value, () => ({ reload })));
    await expect(tried).rejects.toThrow('reload() is "ok", not "reloaded".');
  });

  test('is made and tested by its name', async () => {
    const destinations = { roots: [root], kinds: [secretFile] };
    const keyturn = await createKeyturn({ database: 'memory:', destinations });
    const { key, plaintext } = await keyturn.keys.create({ name: 'app' });
    await writeFile(path, plaintext);
    const input = { name: 'app', key: key.id, kind: 'secret-file', settings: { path } };
    const { id } = await keyturn.destinations.create(input);
    const found = await keyturn.destinations.test(id);
    expect(found).toEqual({ place: path, preflight: 'ready', holds: { secret: 1 } });
    const outside = { ...input, name: 'out', settings: { path: '/etc/passwd' } };
    await expect(keyturn.destinations.create(outside)).rejects.toMatchObject({
      code: 'unprocessable',
      errors: [{ pointer: '/settings', message: '/etc/passwd is outside "destinations.roots".' }],
    });
    await keyturn.close();
  });

  test.each([
    [{ kind: 'dotenv' }, '"destinations/kinds/0/kind"'],
    [{ settings: undefined }, '"destinations/kinds/0/settings" is missing.'],
    [{ open: 'x' }, '"destinations/kinds/0/open" is not a function.'],
  ])('is refused where it is none: %j', async (part, told) => {
    const kinds = [{ ...secretFile, ...part }];
    const made = createKeyturn(untyped({ database: 'memory:', destinations: { kinds } }));
    await expect(made).rejects.toThrow(told);
  });
});
