import { readFileSync } from 'node:fs';
import type { Branding } from '../branding-views.js';
import type { KeyspacePatch } from '../views.js';
import { UsageFault } from './fault.js';
import type { Options } from './invocation.js';

/** How a keyspace is to show itself, as far as the options say. */
export function brandingFrom(options: Options): Pick<KeyspacePatch, 'branding'> {
  const name = options.textOrNull('displayName');
  const file = options.textOrNull('logo');
  const replyTo = options.textOrNull('replyTo');
  if (name === undefined && file === undefined && replyTo === undefined) return {};
  return {
    branding: {
      ...(name === undefined ? {} : { name }),
      ...(replyTo === undefined ? {} : { replyTo }),
      ...(file === undefined ? {} : { logo: file === null ? null : logoIn(file) }),
    },
  };
}

function logoIn(path: string): string {
  try {
    return readFileSync(path).toString('base64');
  } catch (fault) {
    throw new UsageFault(`--logo: ${path} cannot be read.`, { cause: fault });
  }
}

export function brandingDetails({ name, logo, replyTo }: Branding): (readonly [string, string])[] {
  return [
    ['display name', name ?? 'its own name'],
    ['reply to', replyTo ?? 'the sender of mails'],
    ['logo', logo === null ? 'none' : `${logo.mediaType}, ${logo.sizeBytes} bytes`],
  ];
}
