import { type Command, Option } from 'commander';
import { UsageFault } from '../fault.js';
import type { Cli, Invocation } from '../invocation.js';
import { cloudScheduler } from './cloud-scheduler.js';
import { cron } from './cron.js';
import { eventbridge } from './eventbridge.js';
import { githubActions } from './github-actions.js';
import { gitlabCi } from './gitlab-ci.js';
import { kubernetes } from './kubernetes.js';
import { type Printer, rhythmOf } from './rhythm.js';
import { systemd } from './systemd.js';

const PRINTERS: Readonly<Record<string, Printer>> = {
  cron,
  systemd,
  kubernetes,
  'github-actions': githubActions,
  'gitlab-ci': gitlabCi,
  eventbridge,
  'cloud-scheduler': cloudScheduler,
};

const DEFAULT_EVERY = '1h';

/**
 * `keyturn schedule …`
 * @public
 */
export function defineSchedule(noun: Command, cli: Cli): void {
  noun
    .command('print')
    .description('print a ready file that calls `keyturn rotate --due`')
    .addOption(new Option('--for <what>', 'what calls it').choices(Object.keys(PRINTERS)))
    .option('--every <duration>', `how often (default: ${DEFAULT_EVERY})`)
    .action(cli.run(printSchedule));
}

async function printSchedule(call: Invocation): Promise<undefined> {
  const { options, out } = call;
  const name = options.required('for');
  const rhythm = rhythmOf(options.text('every') ?? DEFAULT_EVERY);
  if (rhythm === undefined) {
    throw new UsageFault(
      '--every takes what divides an hour or a day: 5m, 10m, 15m, 30m, 1h, 2h, 3h, 4h, 6h, 8h, 12h or 1d.',
    );
  }
  const text = PRINTERS[name]?.(rhythm) ?? '';
  if (out.isJson) await out.document({ for: name, file: text });
  else await out.text(text.trimEnd());
}
