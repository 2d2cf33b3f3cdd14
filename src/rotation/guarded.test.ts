import { expect, test } from 'vitest';
import type { DeliveryFailure, Destination } from '../deliver/destination.js';
import { Plaintext } from '../keys/plaintext.js';
import { guarded } from './guarded.js';

const SECRET = 'key_live_N3wS3cretValue6fPg0VnEo4iKx7tBq9wMz1rYa';
const QUOTED: DeliveryFailure = {
  kind: 'failed',
  class: 'transient',
  message: `it does not take ${SECRET}`,
};

/** A kind of somebody's own, that quotes what it was given. */
function quoting(act: keyof Destination): Destination {
  const quoted = async () => QUOTED;
  const good: Destination = {
    place: 'a vault of ours',
    preflight: async () => ({ kind: 'ready' }),
    read: async () => ({ kind: 'absent' }),
    write: async () => ({ kind: 'written' }),
    readBack: async () => ({ kind: 'absent' }),
    reload: async () => ({ kind: 'reloaded' }),
  };
  return guarded({ ...good, [act]: quoted });
}

test.each(['write', 'readBack', 'reload'] as const)(
  'security 17: a destination of any kind tells nobody the secret that it was given, by its %s',
  async (act) => {
    const destination = quoting(act);
    const delivery = { id: 'dlv_1', secretNumber: 2 };
    const written = await destination.write(new Plaintext(SECRET), { kind: 'absent' }, delivery);
    const told = [written, await destination.readBack(written), await destination.reload()];
    expect(JSON.stringify(told)).not.toContain(SECRET);
    expect(told).toContainEqual({ ...QUOTED, message: 'It says what it was not told to.' });
  },
);
