import type { Command } from 'commander';
import { readKey } from './ask.js';
import type { Check } from './check-answer.js';
import { type CheckInput, withSession } from './connect.js';
import { EXIT, type ExitCode, UsageFault } from './fault.js';
import type { Cli, Invocation, Options } from './invocation.js';
import { environmentOption, repeated, withData } from './shared-options.js';

/** `keyturn verify` */
export function defineVerify(command: Command, cli: Cli): void {
  withData(command)
    .addOption(repeated('--scope <scope>', 'what it has to be allowed'))
    .option('--keyspace <keyspace>', 'whose keys count: name or id (default: default)')
    .addOption(environmentOption('it has to be of this environment'))
    .option('--address <address>', 'where the request comes from')
    .option('--origin <origin>', 'the Origin header of the request')
    .option('--method <method>', 'the method of the request')
    .option('--path <path>', 'the path of the request')
    .allowExcessArguments() // To say where a key belongs, instead of how many arguments there are.
    .addHelpText('after', '\nThe key comes by standard input: keyturn verify < FILE')
    .action(cli.run(verifyKey));
}

async function verifyKey(call: Invocation): Promise<ExitCode> {
  if (call.operands.length > 0) {
    throw new UsageFault(
      'A key is never an argument, where others see it: it comes by standard input.',
      { next: 'keyturn verify < FILE' },
    );
  }
  const plaintext = await readKey(call.streams);
  const input = inputFrom(plaintext, call.options);
  const check = await withSession(call, (session) => session.verify(input));
  if (call.out.isJson) await call.out.document(check.answer);
  else await sayVerdict(call, check);
  return check.answer.valid ? EXIT.done : EXIT.refused;
}

function inputFrom(plaintext: string, options: Options): CheckInput {
  const environment = options.text('env');
  const facts = {
    keyspace: options.text('keyspace'),
    ...(environment === 'live' || environment === 'test' ? { environment } : {}),
    scopes: options.texts('scope'),
    address: options.text('address'),
    origin: options.text('origin'),
    method: options.text('method'),
    path: options.text('path'),
  };
  const named = Object.entries(facts).filter(([, value]) => value !== undefined);
  return { plaintext, ...Object.fromEntries(named) };
}

async function sayVerdict(call: Invocation, { answer, detail }: Check): Promise<void> {
  if (!answer.valid) {
    const { REFUSAL_TODO } = await import('../http/codes.js');
    const todo = Object.entries(REFUSAL_TODO).find(([code]) => code === answer.code)?.[1] ?? '';
    await call.out.text(`refused: ${answer.code}`);
    // What has not the shape of a key is no key's: looking for one would find nothing.
    const verb = answer.code === 'malformed' ? 'verify' : 'key find --secret';
    call.out.fault(detail ?? todo, `keyturn ${verb} < FILE`);
    sayRetiring(call, answer);
    return;
  }
  const { key } = answer;
  await call.out.text('valid');
  await call.out.details([
    ['key', key.id],
    ['name', key.name],
    ['owner', key.owner ?? ''],
    ['scopes', key.scopes.join(' ')],
    ['expires', key.expiresAt ?? 'never'],
  ]);
  sayRetiring(call, answer);
}

function sayRetiring(call: Invocation, { status }: Check['answer']): void {
  if (status !== 'retiring') return;
  call.out.note('This secret is retiring: a newer one of the key is in use already.');
}
