import { ConfigInvalidError } from './errors.js';
import type { KeyturnOptions, PublicSettings } from './public.js';

const BASE_PATH = /^(?:\/[A-Za-z0-9._~-]+)*$/;

/** The settings that the faces need, and how a mount says where it is. */
export interface MountableSettings {
  readonly settings: PublicSettings;
  /** See `Keyturn.mountedAt`. @throws {ConfigInvalidError} links cannot be made of it. */
  readonly mountedAt: (path: string) => void;
}

/** Checks the options; all faults are shown together. @throws {ConfigInvalidError} one cannot be. */
export function settingsOf(options: KeyturnOptions): MountableSettings {
  const { publicUrl = null, trustedHops = 0 } = options;
  const faults = faultsOf(options);
  if (faults.length > 0) throw new ConfigInvalidError(faults.join(' '));
  let basePath = options.basePath;
  const settings = {
    get basePath() {
      return basePath ?? '';
    },
    publicUrl,
    trustedHops,
  };
  const mountedAt = (path: string) => {
    if (options.basePath !== undefined) return; // What the host says stands above what is seen.
    if (!BASE_PATH.test(path)) {
      throw new ConfigInvalidError(
        `Keyturn cannot be mounted at "${path}": links are made of it. Use a path like "/keyturn".`,
      );
    }
    basePath = path;
  };
  return { settings, mountedAt };
}

function faultsOf(options: KeyturnOptions): readonly string[] {
  const { database, basePath = '', publicUrl, trustedHops = 0 } = options;
  const faults: string[] = [];
  if (!/^(?:memory:$|sqlite:.|postgres(?:ql)?:\/\/.)/.test(database)) {
    faults.push('"database" must be "sqlite:./keyturn.db", "postgres://…" or "memory:".');
  }
  if (!BASE_PATH.test(basePath)) {
    faults.push('"basePath" must be like "/keyturn", without a slash at its end.');
  }
  if (publicUrl !== undefined && !/^https?:\/\/[^/?#]+$/.test(publicUrl)) {
    faults.push('"publicUrl" must be like "https://keys.example", without a path.');
  }
  if (!Number.isInteger(trustedHops) || trustedHops < 0) {
    faults.push('"trustedHops" must be 0 or the number of proxies in front.');
  }
  return faults;
}
