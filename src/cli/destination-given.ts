import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { DestinationSettings } from '../destination-views.js';
import { isObject } from '../form.js';
import { UsageFault } from './fault.js';
import type { Invocation } from './invocation.js';
import { repeated } from './shared-options.js';

/** What says a destination's place. */
export function withSettings(command: Command): Command {
  return command
    .addOption(repeated('--set <name=value>', 'a setting of its kind, like path=/srv/app/.env'))
    .option('--settings <file>', 'all of them, as a JSON object')
    .option('--position <number>', 'the lower is written first (default: after the others)');
}

/**
 * What was given by file, and one by one over it. Undefined: nothing was.
 * @throws {UsageFault} it is no `name=value`, or no file with a JSON object.
 */
export async function settingsFrom({
  options,
}: Invocation): Promise<DestinationSettings | undefined> {
  const file = options.text('settings');
  const pairs = options.texts('set');
  if (file === undefined && pairs === undefined) return undefined;
  const read = file === undefined ? {} : await settingsIn(file);
  return { ...read, ...Object.fromEntries((pairs ?? []).map(pairOf)) };
}

function pairOf(text: string): readonly [string, string] {
  const end = text.indexOf('=');
  if (end > 0) return [text.slice(0, end), text.slice(end + 1)];
  throw new UsageFault('--set takes a name and a value: --set path=/srv/app/.env.');
}

async function settingsIn(file: string): Promise<DestinationSettings> {
  const content: unknown = await readFile(file, 'utf8')
    .then((text) => JSON.parse(text))
    .catch((cause: unknown) => {
      // The parser's own message quotes the text.
      throw new UsageFault(`"${file}" cannot be read as JSON.`, { cause });
    });
  if (isObject(content)) return Object.fromEntries(Object.entries(content));
  throw new UsageFault(`"${file}" holds no JSON object of settings.`);
}
