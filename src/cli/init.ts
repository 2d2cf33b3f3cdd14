import { existsSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { inspectDatabase } from '../upkeep.js';
import { openTool } from './connect.js';
import { EXIT, type ExitCode, UsageFault } from './fault.js';
import type { Cli, Invocation } from './invocation.js';
import { whereTyped } from './next-step.js';
import { redacted } from './setting-values.js';
import { databaseOf } from './settings.js';
import { withDatabase } from './shared-options.js';

const CONFIG_NAME = 'keyturn.config.mjs'; // JSON could not hold the comments.
const CONFIG_TEXT = `// Keyturn's settings. A flag (--port) or a variable (KEYTURN_PORT) wins over what stands here.
export default {
  // Where the data is: a file of this machine's own, or a PostgreSQL for several machines. A
  // password is better off in the variable KEYTURN_DATABASE than in this file.
  // database: 'sqlite:./keyturn.db',

  // Where the server listens. Other machines reach it only if this is no loopback address.
  // host: '127.0.0.1',
  // port: 8787,

  // What links begin with; and how many proxies stand in front of the server.
  // publicUrl: 'https://keys.example.com',
  // trustedHops: 0,

  // A port for everybody: only what a gateway asks.
  // faces: ['verify', 'authorize'],
};
`;

/** `keyturn init` */
export function defineInit(command: Command, cli: Cli): void {
  withDatabase(command)
    .option('--write-config', `also write a commented ${CONFIG_NAME}`)
    .action(cli.run(init));
}

async function init(call: Invocation): Promise<ExitCode> {
  const config = await call.config();
  const { settings } = config;
  if (settings.database === 'memory:') throw new UsageFault('A memory: database needs no init.');
  const isToWrite = call.options.has('writeConfig');
  if (isToWrite && existsSync(resolve(CONFIG_NAME))) throw configUnwritten();
  const { schema } = await inspectDatabase(databaseOf(settings));
  // A SQLite file is made by whoever opens it first; a PostgreSQL is left to `keyturn migrate`,
  // whose absence the opening refuses, saying so.
  const keyturn = await openTool(config);
  await keyturn.open().finally(() => keyturn.close());
  // Last: whatever fails before leaves nothing that would stand in the way of the next try.
  const configFile = isToWrite ? writeConfig() : null;
  const next = nextSteps(whereTyped(call.options));
  const created = schema.kind === 'uninitialised';
  const database = redacted(settings.database);
  if (call.out.isJson) await call.out.document({ database, created, configFile, next });
  else {
    const wrote = configFile === null ? '' : `Wrote ${configFile}.\n`;
    call.out.note(`${wrote}${database} is ready${created ? ', and new' : ''}. Next:`);
    await call.out.text(next.map((command) => `  ${call.out.command(command)}`).join('\n'));
  }
  return EXIT.done;
}

function writeConfig(): string {
  try {
    writeFileSync(resolve(CONFIG_NAME), CONFIG_TEXT, { flag: 'wx' });
    return CONFIG_NAME;
  } catch (cause) {
    throw configUnwritten({ cause });
  }
}

function configUnwritten(options?: ErrorOptions): UsageFault {
  return new UsageFault(`${CONFIG_NAME} exists already or cannot be written.`, options);
}

/** Commands that work as they stand, on the database that was named. */
function nextSteps(where: string): readonly string[] {
  return [
    `keyturn key create${where} --name "First key" --scope reports:read`,
    `keyturn key create${where} --keyspace keyturn --name root --scope "*" --out root.key`,
    `keyturn serve${where}`,
  ];
}
