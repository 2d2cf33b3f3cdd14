import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type {
  AppliedPolicies,
  AppliedPolicy,
  DueTime,
  ExpiryTime,
  PolicyTrial,
} from '../policy-file-views.js';
import { isConfirmed } from './ask.js';
import { withSession } from './connect.js';
import { EXIT, type ExitCode, UsageFault } from './fault.js';
import { type Cli, type Invocation, operandOf } from './invocation.js';
import { whereTyped } from './next-step.js';
import type { Column } from './output.js';
import { withData, withKeyspace } from './shared-options.js';

const MAX_FILE_BYTES = 1_024 * 1_024; // Far more than the server takes; it says so, then.
const MOST_COUNTED = 10_000;

const DUE_COLUMNS: readonly Column<DueTime>[] = [
  { title: 'BEGINS', value: ({ startAt }) => startAt },
  { title: 'DUE', value: ({ dueAt }) => dueAt },
  { title: 'KEY', value: ({ key }) => (key === null ? 'made now' : `${key.id} ${key.name}`) },
  { title: 'WHY', value: ({ reasons }) => reasons.join('; ') },
];

const EXPIRY_COLUMNS: readonly Column<ExpiryTime>[] = [
  { title: 'AT', value: ({ at }) => at },
  { title: 'WHAT', value: ({ what }) => what.replaceAll('_', ' ') },
  { title: 'KEY', value: ({ key }) => `${key.id} ${key.name}` },
];

const BUT: Column<ExpiryTime> = {
  title: 'BUT',
  value: ({ held }) => (held === null ? '' : `held, as nobody is warned: ${held}`),
};

/** `keyturn policy test | apply FILE` */
export function definePolicyFile(noun: Command, cli: Cli): void {
  withKeyspace(withData(noun.command('test')))
    .description('say what a policy file would change, and when keys would be due or disabled')
    .argument('<file>', 'YAML; - for standard input')
    .action(cli.run(testFile));
  withKeyspace(withData(noun.command('apply')))
    .description('make the policies of a file as it says them, all of them or none')
    .argument('<file>', 'YAML; - for standard input')
    .option('--dry-run', 'show what would change, and change nothing')
    .option('--yes', 'do it without asking')
    .action(cli.run(applyFile));
}

async function testFile(call: Invocation): Promise<undefined> {
  const input = await inputOf(call);
  const answer = await withSession(call, ({ policies }) => policies.test(input));
  const { out } = call;
  if (out.isJson) {
    await out.document(answer);
    return;
  }
  for (const trial of answer.policies) {
    sayChange(call, trial);
    sayProbe(call, trial);
    await sayDue(call, trial);
    await sayExpiry(call, trial);
  }
  out.note(`Nothing was changed. Next: ${out.command(applyOf(call))}`);
}

async function applyFile(call: Invocation): Promise<ExitCode | undefined> {
  const { out, options } = call;
  const input = await inputOf(call);
  return await withSession(call, async ({ policies }): Promise<ExitCode | undefined> => {
    const planned = await policies.apply({ ...input, dryRun: true });
    if (!out.isJson) sayChanges(call, planned.policies);
    const isDry = options.has('dryRun');
    if (!isDry && !(await isAgreed(call, planned))) return EXIT.refused;
    const answer = isDry ? planned : await policies.apply(input);
    if (out.isJson) await out.document(answer);
    else await sayApplied(call, answer);
    return undefined;
  });
}

/** On a terminal it is asked about what keys will feel; a pipeline has looked by --dry-run. */
async function isAgreed(call: Invocation, { policies }: AppliedPolicies): Promise<boolean> {
  if (call.streams.stdin.isTTY !== true || !policies.some(hasEffect)) return true;
  return await isConfirmed(call, 'Keys follow these policies.');
}

async function sayApplied(
  { out }: Invocation,
  { policies, dryRun }: AppliedPolicies,
): Promise<void> {
  if (dryRun) return out.note('Nothing was changed.');
  await out.text(policies.map(({ policy, action }) => `${policy.name} ${action}`).join('\n'));
}

/** Whether keys will be treated otherwise than before. */
function hasEffect({ action, keyCount }: AppliedPolicy): boolean {
  return action !== 'unchanged' && keyCount > 0;
}

function sayChanges(call: Invocation, policies: readonly AppliedPolicy[]): void {
  for (const policy of policies) sayChange(call, policy);
}

/** A policy, and each field that changes, as a diff shows it. */
function sayChange(
  { out }: Invocation,
  { policy, action, changes, keyCount, warnings }: AppliedPolicy,
): void {
  const count = keyCount < MOST_COUNTED ? String(keyCount) : `${keyCount} or more`;
  const keys = keyCount === 1 ? '1 key follows it' : `${count} keys follow it`;
  out.note(`${policy.name} (${policy.keyspace}): ${action}; ${keys}.`);
  for (const { field, before, after } of changes) {
    if (before !== null) out.note(`- ${field}: ${before}`);
    if (after !== null) out.note(`+ ${field}: ${after}`);
  }
  const { schedule } = policy;
  if (schedule !== null && schedule.runwayUntil !== null) {
    out.note(`  No rotation begins by this schedule before ${schedule.runwayUntil}.`);
  }
  const runwayUntil = policy.expiry?.runwayUntil ?? null;
  if (runwayUntil !== null) out.note(`  No unused key is disabled by it before ${runwayUntil}.`);
  for (const warning of warnings) out.note(`  Warning: ${warning}`);
}

function sayProbe({ out }: Invocation, { probe }: PolicyTrial): void {
  if (probe === null) return;
  const { place, problem } = probe;
  const state = problem === null ? 'allowed' : `cannot be run: ${problem}`;
  out.note(`  Its probe: ${place}, ${state}`);
}

async function sayDue({ out }: Invocation, { policy, due }: PolicyTrial): Promise<void> {
  if (policy.schedule === null) out.note('  It has no schedule: its keys are rotated on demand.');
  else await out.table(DUE_COLUMNS, due);
}

/** What becomes of old secrets and unused keys, where the policy says anything of them. */
async function sayExpiry({ out }: Invocation, { policy, expiry }: PolicyTrial): Promise<void> {
  if (policy.expiry === null) return;
  if (expiry.length === 0) out.note('  No key is too old or unused by it.');
  else {
    const isHeld = expiry.some(({ held }) => held !== null);
    await out.table(isHeld ? [...EXPIRY_COLUMNS, BUT] : EXPIRY_COLUMNS, expiry);
  }
}

function applyOf(call: Invocation): string {
  return `keyturn policy apply ${operandOf(call)} --dry-run${whereTyped(call.options)}`;
}

async function inputOf(call: Invocation) {
  return { file: await textOf(call), keyspace: call.options.text('keyspace') };
}

/** @throws {UsageFault} it cannot be read. */
async function textOf(call: Invocation): Promise<string> {
  const file = operandOf(call);
  if (file === '-') return await textFrom(call.streams.stdin);
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new UsageFault(`"${file}" cannot be read.`, { cause });
  }
}

async function textFrom(stream: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk);
    sizeBytes += bytes.length;
    if (sizeBytes > MAX_FILE_BYTES)
      throw new UsageFault('Standard input holds no policy file: it is too long.');
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}
