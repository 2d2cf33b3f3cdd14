import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parse } from 'dotenv';
import type { Destination } from '../../src/deliver/destination.js';
import { dotenvFile } from '../../src/deliver/dotenv-file.js';
import type { DestinationOpener } from '../../src/deliver/opener.js';
import { Plaintext } from '../../src/keys/plaintext.js';
import { systemFiles } from '../../src/outside/files.js';
import { systemProcesses } from '../../src/outside/processes.js';
import { putDestination } from '../setup/deliveries.js';
import type { Fleet } from '../setup/fleet.js';

/** Where the new secrets of a course go. */
export interface Delivery {
  readonly files: readonly string[];
  /** Whoever takes over can go on with what was on its way. */
  readonly isSealed?: true;
  /** Somebody is always before whoever writes: it stays where it delivers. */
  readonly isRefused?: true;
}

const REFUSING = 'refusing';
const SEAL_KEY = new Plaintext(Buffer.alloc(32, 7).toString('base64'));

/** Opens dotenv files wherever they are; of one kind, none can be written. */
const opener: DestinationOpener = {
  async open({ kind, settings, keyId }) {
    const said: { readonly path: string; readonly variable: string } = JSON.parse(settings);
    const files = systemFiles([dirname(said.path)]);
    const outside = { files, processes: systemProcesses(), commands: {} };
    const destination = dotenvFile.open(said, outside, keyId);
    return kind === REFUSING ? refusing(destination) : destination;
  },
};

function refusing(destination: Destination): Destination {
  return {
    place: destination.place,
    preflight: () => destination.preflight(),
    read: () => destination.read(),
    write: async () => ({ kind: 'drift', found: null }),
    readBack: (written) => destination.readBack(written),
    reload: () => destination.reload(),
  };
}

/** What each process of a course is started with. */
export function internalOf(delivery: Delivery | undefined) {
  return { destinations: opener, ...(delivery?.isSealed && { sealKey: SEAL_KEY }) };
}

/** It says that whom it asks is not there (EX_NOINPUT): a person goes on without it. */
const commands = { failing: { run: ['sh', '-c', 'cat > /dev/null; exit 66'] } };

/** How each of them is set up. */
export const OPTIONS = { publicUrl: 'https://keys.example', probes: { commands } };

/** The dotenv files of one key. All processes of a course find them by its id. */
export class Places {
  readonly #folder: string;

  constructor(keyId: string) {
    this.#folder = join(tmpdir(), `keyturn-course-${keyId}`);
  }

  /** Files that hold the key's secret, each with a record. */
  async add(
    fleet: Fleet,
    key: { readonly id: string; readonly plaintext: string },
    { files, isRefused }: Delivery,
  ): Promise<void> {
    await mkdir(this.#folder);
    for (const [position, name] of files.entries()) {
      await this.put(name, key.plaintext);
      const file = { name, path: this.#path(name), position, ...(isRefused && { kind: REFUSING }) };
      await putDestination(fleet, key.id, file);
    }
  }

  put(name: string, value: string): Promise<void> {
    return writeFile(this.#path(name), `PORT=80\nAPI_KEY=${value}\n`);
  }

  async valueIn(name: string): Promise<string> {
    return parse(await readFile(this.#path(name), 'utf8'))['API_KEY'] ?? '';
  }

  remove(): Promise<void> {
    return rm(this.#folder, { recursive: true, force: true });
  }

  #path(name: string): string {
    return join(this.#folder, name);
  }
}
