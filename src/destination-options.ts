import { isAbsolute } from 'node:path';
import { argvLike, isText, variables } from './command-forms.js';
import type { Commands } from './deliver/commands.js';
import {
  type ConnectionSettings,
  type Credential,
  connectionFaults,
  credential,
} from './deliver/connection.js';
import type { DestinationKind } from './deliver/destination.js';
import type { DestinationOutside } from './deliver/outside.js';
import { OWN_KINDS } from './deliver/own-kinds.js';
import type { FieldFault } from './errors.js';
import { escaped, type Form, faultsIn, isObject, objectOf, required } from './form.js';
import { isHostEntry } from './outside/hosts.js';

/**
 * What destinations may reach: said by the operator's configuration, and nowhere else.
 * @public
 */
export interface DestinationOptions {
  /** Absolute paths of folders. Files are written below them only. */
  readonly roots?: readonly string[] | undefined;
  /** Hosts of your own networks, with their ports: `vault.internal:8200`, `10.0.0.7:*`. */
  readonly hosts?: readonly string[] | undefined;
  /** Programs, by the name under which destinations name them. */
  readonly commands?: Commands | undefined;
  /** Machines and credentials, by the name under which destinations name them. */
  readonly connections?: Readonly<Record<string, ConnectionSettings>> | undefined;
  /**
   * Where 32 bytes in base64 stand, to seal a secret with that is on its way to several places: without it
   * a key has one destination at most.
   */
  readonly sealKey?: Credential | undefined;
  /** Kinds of your own. */
  readonly kinds?: readonly DestinationKind<object, DestinationOutside>[] | undefined;
}

const MAX_TIMEOUT_MS = 6_000; // Four acts in a row have to fit in a rotation's lease.
const KIND_NAME = /^[a-z][a-z0-9-]{0,31}$/;

const root: Form = {
  wanted: 'an absolute path like "/srv/app"',
  fits: (value) => isText(value) && isAbsolute(value) && !value.includes('\0'),
};
const host: Form = {
  wanted: 'a host with its port, like "vault.internal:8200"',
  fits: (value) => isText(value) && isHostEntry(value),
};
const argv = argvLike('/usr/bin/true');
const timeout: Form = {
  wanted: `milliseconds, from 1 to ${MAX_TIMEOUT_MS}`,
  fits: (value) => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= MAX_TIMEOUT_MS,
};
const command = required(
  objectOf(
    { write: argv, read: argv, reload: argv, env: variables, timeoutMs: timeout },
    {
      wanted: 'an object like { "write": ["/usr/local/bin/deliver"] }',
      fieldIs: 'a field of a command',
    },
  ),
);
const kind = required(
  objectOf(
    {
      kind: required({
        wanted: 'a name of small letters, digits and "-" that no kind of Keyturn has',
        fits: (value) =>
          isText(value) && KIND_NAME.test(value) && !OWN_KINDS.some((own) => own === value),
      }),
      settings: required({ wanted: 'a form', fits: isForm }),
      open: required({ wanted: 'a function', fits: (value) => typeof value === 'function' }),
    },
    { wanted: 'a kind of destination', fieldIs: 'a field of a kind' },
  ),
);
const options = objectOf(
  {
    roots: { wanted: 'a list of folders', fits: Array.isArray, item: required(root) },
    hosts: { wanted: 'a list of hosts', fits: Array.isArray, item: required(host) },
    commands: { wanted: 'an object of commands by name', fits: isObject },
    connections: { wanted: 'an object of connections by name', fits: isObject },
    sealKey: credential,
    kinds: { wanted: 'a list of kinds', fits: Array.isArray, item: kind },
  },
  {
    wanted: 'an object that says what destinations may reach',
    fieldIs: 'a field of "destinations"',
  },
);

/**
 * What is wrong with `destinations` of the configuration, by pointer within it: all of it.
 * @public
 */
export function destinationFaults(value: unknown): readonly FieldFault[] {
  const faults = faultsIn([required(options), value]);
  if (!isObject(value)) return faults;
  const of = (name: keyof DestinationOptions): unknown => Reflect.get(value, name);
  const [commands, connections, kinds] = [of('commands'), of('connections'), of('kinds')];
  return [
    ...faults,
    ...(isObject(commands) ? commandFaults(commands) : []),
    ...(isObject(connections) ? within('/connections', connectionFaults(connections)) : []),
    ...(Array.isArray(kinds) ? repeatedKinds(kinds) : []),
  ];
}

function commandFaults(commands: object): readonly FieldFault[] {
  return Object.entries(commands).flatMap(([name, one]) => {
    const acts: readonly unknown[] = isObject(one)
      ? ['write', 'reload'].map((act) => Reflect.get(one, act))
      : [];
    const place = `/commands/${escaped(name)}`;
    const faults = within(place, faultsIn([command, one]));
    if (faults.length > 0 || acts.some((act) => act !== undefined)) return faults;
    const fix = 'Add "write", or "reload" where files are written.';
    return [{ pointer: place, message: 'does nothing.', fix }];
  });
}

function repeatedKinds(kinds: readonly unknown[]): readonly FieldFault[] {
  const names = kinds.map((one) => (isObject(one) ? Reflect.get(one, 'kind') : undefined));
  return names.flatMap((name, index) =>
    name === undefined || names.indexOf(name) === index
      ? []
      : [{ pointer: `/kinds/${index}/kind`, message: 'is there twice.', fix: 'Rename one.' }],
  );
}

function within(pointer: string, faults: readonly FieldFault[]): readonly FieldFault[] {
  return faults.map((fault) => ({ ...fault, pointer: `${pointer}${fault.pointer}` }));
}

function isForm(value: unknown): boolean {
  if (!isObject(value)) return false;
  return typeof Reflect.get(value, 'fits') === 'function' && isText(Reflect.get(value, 'wanted'));
}
