import type { NetworkOutside } from './call.js';
import type { FileOutside } from './file-destination.js';

/**
 * All that a destination reaches the outside by, within what the configuration allows.
 * @public
 */
export interface DestinationOutside extends NetworkOutside, FileOutside {}
