import type { Command } from 'commander';
import { ConfigInvalidError } from '../errors.js';
import type { Config } from './config.js';
import { checkDatabase } from './doctor-database.js';
import { checkFiles } from './doctor-files.js';
import { type Check, checkRuntime } from './doctor-runtime.js';
import { EXIT, type ExitCode } from './fault.js';
import type { Cli, Invocation } from './invocation.js';
import { withServing } from './shared-options.js';

/** `keyturn doctor` */
export function defineDoctor(command: Command, cli: Cli): void {
  withServing(command).action(cli.run(doctor));
}

async function doctor(call: Invocation): Promise<ExitCode> {
  const checks = await checksOf(call);
  const failed = checks.filter(({ status }) => status === 'fail');
  if (call.out.isJson) await call.out.document({ ok: failed.length === 0, checks });
  else await call.out.text(checks.map(lineOf).join('\n'));
  const [first] = failed;
  if (first === undefined) return EXIT.done;
  call.out.fault(`${failed.length} of ${checks.length} checks failed.`, first.fix ?? undefined);
  return failed.some(({ name }) => name === 'database' || name === 'writes')
    ? EXIT.unavailable
    : EXIT.refused;
}

async function checksOf(call: Invocation): Promise<readonly Check[]> {
  const config = await call.config().catch((fault: unknown) => {
    if (fault instanceof ConfigInvalidError) return fault;
    throw fault;
  });
  if (config instanceof ConfigInvalidError) {
    const fix = 'keyturn config print --help';
    return [{ name: 'config', status: 'fail', detail: config.message, fix }];
  }
  const { settings } = config;
  return [
    configCheck(config),
    ...checkRuntime(settings),
    ...(await checkFiles(settings)),
    ...(await checkDatabase(config)),
  ];
}

function configCheck({ settings, originOf }: Config): Check {
  const { host, publicUrl } = settings;
  const isLocal = /^(?:localhost|127\.|::1$)/.test(host);
  if (!isLocal && publicUrl === null) {
    const detail = `The server listens on ${host}, and links would begin with that.`;
    return { name: 'config', status: 'warn', detail, fix: 'Set KEYTURN_PUBLIC_URL.' };
  }
  const detail = `Valid. The database comes from: ${originOf('database').name}.`;
  return { name: 'config', status: 'ok', detail, fix: null };
}

function lineOf({ name, status, detail, fix }: Check): string {
  const todo = fix === null ? '' : ` ${fix}`;
  return `${status.padEnd(4)}  ${name.padEnd(9)}  ${detail}${todo}`;
}
