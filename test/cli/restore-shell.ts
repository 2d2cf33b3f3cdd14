import { copyFileSync, existsSync, rmSync } from 'node:fs';
import { type Ran, Shell, textAt } from './command-line.js';

/** A key that was made, and its plaintext. */
export interface Made {
  readonly id: string;
  readonly plaintext: string;
}

/** The command line of who puts a database back, and looks at which keys are accepted then. */
export class RestoreShell extends Shell {
  async make(name: string): Promise<Made> {
    const made = await this.json(['key', 'create', '--name', name]);
    return { id: textAt(made, 'key', 'id'), plaintext: textAt(made, 'plaintext') };
  }

  verify({ plaintext }: Made): Promise<Ran> {
    return this.run(['verify'], { input: plaintext });
  }

  revoke({ id }: Made): Promise<Ran> {
    return this.run(['key', 'revoke', id, '--yes']);
  }

  release(...more: readonly string[]): Promise<Ran> {
    return this.run(['quarantine', 'release', '--reason', 'looked at it', ...more]);
  }

  /** A SQLite file with all that belongs to it, as `cp` would, behind every Keyturn. */
  copy(from: string, to: string): void {
    for (const end of ['', '-wal', '-shm']) {
      rmSync(this.path(`${to}${end}`), { force: true });
      if (existsSync(this.path(`${from}${end}`))) {
        copyFileSync(this.path(`${from}${end}`), this.path(`${to}${end}`));
      }
    }
  }
}
