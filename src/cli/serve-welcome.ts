import type { Keyturn } from '../public.js';
import type { Config } from './config.js';
import { replacePrivateFile } from './handover.js';
import type { Invocation } from './invocation.js';
import { whereTyped } from './next-step.js';

const NO_PAGE = 'A server that serves checks alone has no set-up page.';

/** What a running server is spoken of with. */
interface Running {
  readonly keyturn: Keyturn;
  /** What every link begins with. */
  readonly base: string;
}

interface SetupLink {
  readonly url: string | null;
  /** Where the link was written instead of being shown. */
  readonly file: string | null;
  readonly expiresAt: string;
}

/** Says where the server is and, on a new installation, what comes next. */
export async function welcome(call: Invocation, config: Config, running: Running): Promise<void> {
  const setup = await setupLink(config, running);
  const next = (await hasKey(running.keyturn)) ? null : firstKeyCommand(call);
  const { setupFile, faces } = config.settings;
  if (setupFile !== null && setup === null) {
    call.out.note(`${setupFile} was not written. ${faces === null ? isSetUp(call) : NO_PAGE}`);
  }
  if (call.out.isJson) await call.out.document({ url: running.base, setup, next });
  else await call.out.text(greetingOf(running.base, setup, next && call.out.command(next)));
}

function isSetUp(call: Invocation): string {
  const create = `keyturn key create${whereTyped(call.options)} --keyspace keyturn`;
  const command = call.out.command(`${create} --name Root --scope "*"`);
  return `There is a management key already, and no set-up link.\nNext: ${command}`;
}

function greetingOf(base: string, setup: SetupLink | null, next: string | null): string {
  const lines = [`Keyturn is ready: ${base}`];
  if (setup !== null) {
    lines.push(
      setup.url === null
        ? `The set-up link is in ${setup.file}. Open it before ${setup.expiresAt}.`
        : `Set up (once, before ${setup.expiresAt}): ${setup.url}`,
    );
  }
  if (next !== null) lines.push(`There is no key yet. Create the first one:\n  ${next}`);
  return lines.join('\n');
}

/** A single-use link to the page that makes the first root key; null where there is one. */
async function setupLink(config: Config, { keyturn, base }: Running): Promise<SetupLink | null> {
  const { faces, setupFile } = config.settings;
  // A port that serves checks alone has no such page.
  if (faces !== null || !(await keyturn.setup.isNeeded())) return null;
  const { token, expiresAt } = await keyturn.setup.createToken();
  const url = `${base}/setup#${token}`;
  if (setupFile === null) return { url, file: null, expiresAt };
  replacePrivateFile(setupFile, url);
  return { url: null, file: setupFile, expiresAt };
}

async function hasKey(keyturn: Keyturn): Promise<boolean> {
  const { items } = await keyturn.keyspaces.list({ limit: 200 });
  for (const { id, isManagement } of items) {
    if (isManagement) continue;
    const { items: keys } = await keyturn.keys.list({ keyspace: id, limit: 1 });
    if (keys.length > 0) return true;
  }
  return false;
}

/** Works as it stands, on the database that this server has. */
function firstKeyCommand({ options }: Invocation): string {
  return `keyturn key create${whereTyped(options)} --keyspace default --name "First key"`;
}
