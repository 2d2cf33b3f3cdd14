import { UnprocessableError } from './errors.js';

/**
 * Whether a waiver names this consumer: by its id, or by a part of its label.
 * @public
 */
export function isNamed(
  named: string,
  { id, label }: { readonly id: string; readonly label: string },
): boolean {
  return id === named || label.toLowerCase().includes(named.toLowerCase());
}

/**
 * A waiver that names nobody who is waited for.
 * @public
 */
export function nobodyNamed(): UnprocessableError {
  const fix = 'Look at the consumers of the rotation; only those of the baseline are waited for.';
  return new UnprocessableError([{ pointer: '/consumer', message: 'is nobody.', fix }]);
}
