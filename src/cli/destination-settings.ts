import { type DestinationOptions, destinationFaults } from '../destination-options.js';
import type { FieldFault } from '../errors.js';
import { isObject } from '../form.js';
import { type ProbeOptions, probeFaults } from '../probe-options.js';
import { isSignIn, type SignInOptions, signInFaults } from '../sign-in-options.js';
import { type Parsed, redacted } from './setting-values.js';

/** What destinations may reach; every fault in it is told. */
export function parseDestinations(given: unknown): Parsed<DestinationOptions> {
  const faults = destinationFaults(given);
  return faults.length === 0 && isOptions(given) ? { value: given } : { fault: toldOf(faults) };
}

/** What probes may reach, likewise. */
export function parseProbes(given: unknown): Parsed<ProbeOptions> {
  const faults = probeFaults(given);
  return faults.length === 0 && isOptions(given) ? { value: given } : { fault: toldOf(faults) };
}

/** How people sign in, likewise. */
export function parseSignIn(given: unknown): Parsed<SignInOptions> {
  const faults = signInFaults(given);
  return faults.length === 0 && isSignIn(given) ? { value: given } : { fault: toldOf(faults) };
}

function toldOf(faults: readonly FieldFault[]): string {
  const told = faults.map(
    ({ pointer, message, fix }) => `${pointer === '' ? '' : `at ${pointer} `}${message} ${fix}`,
  );
  return told.join('\n    ');
}

/** Without what might be a credential: an address's password, a variable's value. */
export function shownDestinations(options: DestinationOptions | ProbeOptions): string {
  const kinds = 'kinds' in options ? options.kinds?.map(({ kind }) => kind) : undefined;
  const shown = { ...options, ...(kinds === undefined ? {} : { kinds }) };
  return JSON.stringify(shown, (name, value: unknown) => {
    if (name === 'env' && isObject(value)) return Object.keys(value);
    return typeof value === 'string' ? redacted(value) : value;
  });
}

function isOptions(given: unknown): given is DestinationOptions & ProbeOptions {
  return isObject(given); // All else has been looked at.
}
