import { constants, existsSync } from 'node:fs';
import { type FileHandle, open, opendir, stat } from 'node:fs/promises';
import { join } from 'node:path';

const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = constants;

/** Linux: a descriptor is a way to what it holds, whatever its path has become. */
const DESCRIPTORS = '/proc/self/fd';

/** A folder that is held open: its name may come to mean another one, this stays the same. */
export interface Folder {
  /** The way to a name in it. */
  at(name: string): string;
  /** Whether it still is what its path says. True by itself where the way is the descriptor. */
  isInPlace(): Promise<boolean>;
  /** The names in it, `most` of them at the most. */
  names(most: number): Promise<readonly string[]>;
  /** Makes what was renamed in it last through a power cut. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** How a folder is held: by its descriptor, or by comparing what its path leads to. */
export type Hold = 'descriptor' | 'comparison';

/** The better of the two that this system has. */
export function bestHold(): Hold {
  return existsSync(DESCRIPTORS) ? 'descriptor' : 'comparison';
}

/**
 * Opens a folder below a root, name by name: no symbolic link is followed below the root, not even
 * one that is put there meanwhile.
 * @throws the system's own error, of whichever name could not be opened.
 */
export async function openFolder(
  root: string,
  names: readonly string[],
  hold: Hold,
): Promise<Folder> {
  let folder = held(await open(root, O_RDONLY | O_DIRECTORY), { hold, path: root });
  for (const name of names) folder = await below(folder, { hold, name });
  return folder;
}

interface HeldFolder extends Folder {
  readonly path: string;
}

async function below(
  parent: HeldFolder,
  { hold, name }: { readonly hold: Hold; readonly name: string },
): Promise<HeldFolder> {
  try {
    const handle = await open(parent.at(name), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    return held(handle, { hold, path: join(parent.path, name) });
  } finally {
    await parent.close();
  }
}

function held(
  handle: FileHandle,
  { hold, path }: { readonly hold: Hold; readonly path: string },
): HeldFolder {
  const way = hold === 'descriptor' ? `${DESCRIPTORS}/${handle.fd}` : path;
  return {
    path,
    at: (name) => `${way}/${name}`,
    async isInPlace() {
      if (hold === 'descriptor') return true;
      const [own, there] = await Promise.all([handle.stat(), stat(path)]);
      return own.dev === there.dev && own.ino === there.ino;
    },
    async names(most) {
      const names: string[] = [];
      for await (const { name } of await opendir(`${way}/.`)) {
        if (names.push(name) >= most) break;
      }
      return names;
    },
    sync: () => handle.sync(),
    close: () => handle.close(),
  };
}
