import { ConfigInvalidError, type FieldFault } from '../errors.js';
import type { KeyId } from '../keys/id.js';
import type { Destination } from './destination.js';

/**
 * What a destination is opened from: its record, as the store keeps it.
 * @public
 */
export interface Openable {
  readonly keyId: KeyId;
  readonly kind: string;
  /** JSON text. */
  readonly settings: string;
}

/**
 * Opens destinations within what the operator's configuration allows.
 * @public
 */
export interface DestinationOpener {
  /**
   * @throws {ConfigInvalidError} the configuration does not allow this place, or has no such kind.
   * @throws {StoreCorruptError} its settings are damaged.
   */
  open(destination: Openable): Promise<Destination>;
}

/**
 * There is no such kind here.
 * @public
 */
export class UnknownKindError extends ConfigInvalidError {}

/**
 * The settings are not of their kind's form.
 * @public
 */
export class SettingsRefusedError extends ConfigInvalidError {
  /** By pointer within the settings. */
  readonly faults: readonly FieldFault[];

  constructor(faults: readonly FieldFault[]) {
    super(faults.map(({ pointer, message, fix }) => `${pointer} ${message} ${fix}`).join(' '));
    this.faults = faults;
  }
}
