import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Commands } from '../../src/deliver/commands.js';
import type { DestinationKind } from '../../src/deliver/destination.js';
import type { FileOutside } from '../../src/deliver/file-destination.js';
import { systemFiles } from '../../src/outside/files.js';
import { systemProcesses } from '../../src/outside/processes.js';
import { A_KEY } from './a-delivery.js';
import type { Target } from './destination-contract.js';

/** A folder that is the only root, and what a destination may reach there. */
export interface Place {
  readonly folder: string;
  readonly path: (name: string) => string;
  readonly outside: FileOutside;
  readonly remove: () => Promise<void>;
}

export async function somePlace(commands: Commands = {}): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'keyturn-deliver-'));
  const outside = { files: systemFiles([folder]), processes: systemProcesses(), commands };
  return {
    folder,
    path: (name) => join(folder, name),
    outside,
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** A file in a place of its own, which holds a text around a value. */
export async function fileTarget<Settings extends { readonly path: string }>(
  kind: DestinationKind<Settings, FileOutside>,
  file: {
    readonly settings: (path: string) => Settings;
    readonly textWith: (value: string) => string;
    readonly valueIn: (text: string) => unknown;
    readonly value: string | null;
  },
): Promise<Target> {
  const place = await somePlace();
  const path = place.path('settings');
  const edit = (value: string) => writeFile(path, file.textWith(value));
  await edit(file.value ?? '');
  return {
    destination: kind.open(file.settings(path), place.outside, A_KEY),
    edit,
    async value() {
      const value = file.valueIn(await readFile(path, 'utf8'));
      return typeof value === 'string' && value !== '' ? value : null;
    },
    async trace() {
      const { ino, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
      return [ino, mtimeNs, ctimeNs].join(':');
    },
    close: place.remove,
  };
}
