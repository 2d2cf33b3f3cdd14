import type { Command } from 'commander';
import {
  type FleetReport,
  inspectDatabase,
  inspectFleet,
  inspectStrangers,
  migrateDatabase,
  type SchemaReport,
  type UpkeepTarget,
} from '../upkeep.js';
import { EXIT, type ExitCode, UsageFault } from './fault.js';
import type { Cli, Invocation } from './invocation.js';
import { whereTyped } from './next-step.js';
import { redacted } from './setting-values.js';
import { databaseOf } from './settings.js';
import { withDatabase } from './shared-options.js';
import { crowdedFault } from './strangers.js';

type Plan = SchemaReport & Pick<FleetReport, 'instances'>;

/** `keyturn migrate` */
export function defineMigrate(command: Command, cli: Cli): void {
  withDatabase(command)
    .option('--yes', 'do it without asking, even if running instances would be cut off')
    .option('--dry-run', 'say what would be done, and which instances are running')
    .action(cli.run(migrate));
}

async function migrate(call: Invocation): Promise<ExitCode> {
  const { settings } = await call.config();
  const where = redacted(settings.database);
  if (settings.database === 'memory:') {
    throw new UsageFault('A memory: database needs no migration.');
  }
  const target = databaseOf(settings);
  const plan = await planOf(target);
  if (call.options.has('dryRun')) return await sayPlan(call, where, plan);
  refuseToCutOff(call, plan);
  await refuseCrowded(target, plan);
  const applied = await migrateDatabase(target);
  if (call.out.isJson) await call.out.document({ database: where, applied });
  else
    call.out.note(
      outcomeOf(where, applied, call.out.command(`keyturn doctor${whereTyped(call.options)}`)),
    );
  return EXIT.done;
}

async function planOf(target: UpkeepTarget): Promise<Plan> {
  const report = await inspectDatabase(target);
  // What is not ready for this program has no instances of it that could be asked for.
  const isReadable = report.schema.kind === 'ready';
  return { ...report, instances: isReadable ? (await inspectFleet(target)).instances : [] };
}

/** A breaking migration ends what runs on the schema before: somebody has to want that. */
function refuseToCutOff(call: Invocation, { pending, instances }: Plan): void {
  const isBreaking = pending.some(({ kind }) => kind === 'breaking');
  if (!isBreaking || instances.length === 0 || call.options.has('yes')) return;
  throw new UsageFault(
    `${instances.length} instances are running, and a breaking migration may cut them off. Update ` +
      'them first, or answer with --yes.',
    { next: `keyturn migrate --dry-run${whereTyped(call.options)}` },
  );
}

/** Nothing can be made beside tables that have the names of ours. */
async function refuseCrowded(target: UpkeepTarget, { schema }: Plan): Promise<void> {
  if (schema.kind !== 'uninitialised') return;
  const crowded = crowdedFault(await inspectStrangers(target), redacted(target.database));
  if (crowded === undefined) return;
  throw new UsageFault(`${crowded.detail} Nothing was changed.`, { next: crowded.fix });
}

async function sayPlan(call: Invocation, database: string, plan: Plan): Promise<ExitCode> {
  const { schema, pending, instances } = plan;
  if (call.out.isJson) {
    const running = instances.map(({ id, seenAt }) => ({
      id,
      seenAt: new Date(seenAt).toISOString(),
    }));
    await call.out.document({ plan: { database, schema, pending, instances: running } });
    return EXIT.done;
  }
  const lines = [
    `${database}: the schema is ${schema.kind === 'ready' ? `version ${schema.version}` : schema.kind}.`,
    pending.length === 0 ? 'Nothing would be done.' : 'These migrations would run:',
    ...pending.map(({ version, name, kind }) => `  ${version} ${name} (${kind})`),
    `Running instances: ${instances.map(({ id }) => id).join(', ') || 'none'}.`,
    'This was a dry run: nothing was changed.',
  ];
  await call.out.text(lines.join('\n'));
  return EXIT.done;
}

function outcomeOf(database: string, applied: Plan['pending'], next: string): string {
  if (applied.length === 0) return `${database} is up to date.`;
  const names = applied.map(({ version, name }) => `${version} ${name}`).join(', ');
  return `${database} is up to date now; ran ${names}.\nNext: ${next}`;
}
