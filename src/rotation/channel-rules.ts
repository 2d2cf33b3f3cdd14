import { type FieldFault, UnprocessableError } from '../errors.js';
import { isMailAddress } from '../keys/mail-address.js';
import type { ChannelRecord } from '../store/notices.js';
import { OWNER_MAIL } from './notice-records.js';

const NAME = /^[a-z][a-z0-9-]{0,62}$/;
const MAX_ADDRESSES = 20;

export function isChannelName(text: string): boolean {
  return NAME.test(text);
}

/** Where a channel leads, as it is stored. */
export interface Settings {
  readonly connection?: string | undefined;
  readonly addresses?: readonly string[] | undefined;
}

/** @throws {UnprocessableError} every field that cannot be, together. */
export function requireChannel(channel: Settings & Pick<ChannelRecord, 'name' | 'kind'>): void {
  const { name, kind } = channel;
  const faults: FieldFault[] = [];
  if (!isChannelName(name) || name === OWNER_MAIL) {
    const fix = `Use a-z, 0-9 and -, 63 at most; "${OWNER_MAIL}" means the owner.`;
    faults.push({ pointer: '/name', message: 'is no name of a channel.', fix });
  }
  faults.push(...(kind === 'mail' ? faultsOfMail(channel) : faultsOfOther(channel)));
  if (faults.length > 0) throw new UnprocessableError(faults);
}

function faultsOfMail({ connection, addresses = [] }: Settings): readonly FieldFault[] {
  const faults: FieldFault[] = [];
  if (connection !== undefined) {
    const message = 'is not for a mail.';
    faults.push({ pointer: '/connection', message, fix: 'Give addresses.' });
  }
  if (addresses.length === 0 || addresses.length > MAX_ADDRESSES) {
    const fix = `Give 1 to ${MAX_ADDRESSES}.`;
    faults.push({ pointer: '/addresses', message: 'is no list of its addresses.', fix });
  }
  for (const [index, address] of addresses.entries()) {
    if (isMailAddress(address)) continue;
    const fix = 'Write it as name@domain.';
    faults.push({ pointer: `/addresses/${index}`, message: 'is no mail address.', fix });
  }
  return faults;
}

function faultsOfOther({ connection = '', addresses }: Settings): readonly FieldFault[] {
  const faults: FieldFault[] = [];
  if (connection === '') {
    const fix = 'Name one of "notices.connections".';
    faults.push({ pointer: '/connection', message: 'is missing.', fix });
  }
  if (addresses !== undefined) {
    const fix = 'Leave them out, or make a mail of it.';
    faults.push({ pointer: '/addresses', message: 'are not for this kind.', fix });
  }
  return faults;
}
