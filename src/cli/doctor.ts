import type { Command } from 'commander';
import { ConfigInvalidError } from '../errors.js';
import type { Config } from './config.js';
import { type Check, failed, passed, warned } from './doctor-check.js';
import { checkDatabase } from './doctor-database.js';
import { checkFiles } from './doctor-files.js';
import { checkPackages } from './doctor-packages.js';
import { checkRuntime } from './doctor-runtime.js';
import { EXIT, type ExitCode, exitOfCode } from './fault.js';
import type { Cli, Invocation } from './invocation.js';
import { whereTyped } from './next-step.js';
import { withServing } from './shared-options.js';

/** `keyturn doctor` */
export function defineDoctor(command: Command, cli: Cli): void {
  withServing(command).action(cli.run(doctor));
}

async function doctor(call: Invocation): Promise<ExitCode> {
  const checks = await checksOf(call);
  const failures = checks.filter(({ code }) => code !== null);
  if (call.out.isJson) await call.out.document({ ok: failures.length === 0, checks });
  else await call.out.text(checks.map(lineOf).join('\n'));
  const [first] = failures;
  if (first === undefined || first.code === null) return EXIT.done;
  call.out.fault(`${failures.length} of ${checks.length} checks failed.`, first.fix ?? undefined);
  // What stands in the way first is what every other command ends with.
  return exitOfCode(first.code);
}

async function checksOf(call: Invocation): Promise<readonly Check[]> {
  const config = await call.config().catch((fault: unknown) => {
    if (fault instanceof ConfigInvalidError) return fault;
    throw fault;
  });
  if (config instanceof ConfigInvalidError) {
    const trouble = { detail: config.message, fix: 'keyturn config print --help' };
    return [failed('config', config.code, trouble)];
  }
  const { settings } = config;
  return [
    configCheck(config),
    ...checkRuntime(settings),
    ...checkPackages(settings),
    ...(await checkFiles(settings)),
    ...(await checkDatabase(config, whereTyped(call.options))),
  ];
}

function configCheck({ settings, originOf }: Config): Check {
  const { host, publicUrl } = settings;
  const isLocal = /^(?:localhost|127\.|::1$)/.test(host);
  if (!isLocal && publicUrl === null) {
    const detail = `The server listens on ${host}, and links would begin with that.`;
    return warned('config', { detail, fix: 'Set KEYTURN_PUBLIC_URL.' });
  }
  return passed('config', `Valid. The database comes from: ${originOf('database').name}.`);
}

function lineOf({ name, status, detail, fix }: Check): string {
  const todo = fix === null ? '' : ` ${fix}`;
  return `${status.padEnd(4)}  ${name.padEnd(9)}  ${detail}${todo}`;
}
