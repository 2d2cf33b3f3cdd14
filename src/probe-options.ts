import { isAbsolute } from 'node:path';
import { argvLike, isText, variables } from './command-forms.js';
import type { ProbeCommand } from './deliver/command-probe.js';
import { PROBE_LIMITS } from './deliver/probe.js';
import type { FieldFault } from './errors.js';
import { escaped, type Form, faultsIn, isObject, objectOf, required } from './form.js';
import { isHostEntry } from './outside/hosts.js';

/**
 * Whom policies may ask with a new secret, and what they may run with it: said by the operator's
 * configuration, and nowhere else.
 * @public
 */
export interface ProbeOptions {
  /** Hosts that may see new secrets, with their ports: `api.example.com:443`, `10.0.0.7:8080`. */
  readonly hosts?: readonly string[] | undefined;
  /** Programs, by the name under which policies name them. */
  readonly commands?: Readonly<Record<string, ProbeCommand>> | undefined;
  /** The absolute path of a file of certificates (PEM) that are trusted instead of the platform's own. */
  readonly ca?: string | undefined;
}

const host: Form = {
  wanted: 'a host with its port, like "api.example.com:443"',
  fits: (value) => isText(value) && isHostEntry(value),
};
const argv = argvLike('/usr/local/bin/try-key');
const timeout: Form = {
  wanted: `milliseconds, from 1 to ${PROBE_LIMITS.mostMs}`,
  fits: (value) => Number.isInteger(value) && isWithin(Number(value)),
};
const command = required(
  objectOf(
    { run: required(argv), env: variables, timeoutMs: timeout },
    {
      wanted: 'an object like { "run": ["/usr/local/bin/try-key"] }',
      fieldIs: 'a field of a command',
    },
  ),
);
const options = objectOf(
  {
    hosts: { wanted: 'a list of hosts', fits: Array.isArray, item: required(host) },
    commands: { wanted: 'an object of commands by name', fits: isObject },
    ca: {
      wanted: 'an absolute path like "/etc/ssl/own.pem"',
      fits: (value) => isText(value) && isAbsolute(value) && !value.includes('\0'),
    },
  },
  { wanted: 'an object that says what probes may reach', fieldIs: 'a field of "probes"' },
);

/**
 * What is wrong with `probes` of the configuration, by pointer within it: all of it.
 * @public
 */
export function probeFaults(value: unknown): readonly FieldFault[] {
  const faults = faultsIn([required(options), value]);
  const commands: unknown = isObject(value) ? Reflect.get(value, 'commands') : undefined;
  if (!isObject(commands)) return faults;
  const ofCommands = Object.entries(commands).flatMap(([name, one]) =>
    faultsIn([command, one]).map((fault) => ({
      ...fault,
      pointer: `/commands/${escaped(name)}${fault.pointer}`,
    })),
  );
  return [...faults, ...ofCommands];
}

function isWithin(timeoutMs: number): boolean {
  return timeoutMs >= 1 && timeoutMs <= PROBE_LIMITS.mostMs;
}
