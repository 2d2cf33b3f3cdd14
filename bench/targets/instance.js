// One instance of a fleet. Asked to watch a key, it tells when it first refused it; asked to revoke
// one, when it began. Times are of the machine's steady clock, which all processes share.
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { createKeyturn } from 'keyturn';
import { answering } from '../measure/answering.js';

const LONGEST_MS = 10_000; // Twice the staleness bound: beyond it a revoked key was accepted.

answering(async ({ url }) => {
  const keyturn = await createKeyturn({ database: url });
  await keyturn.open();
  /** @type {Promise<number> | undefined} */
  let watching;
  /** @param {{ kind: string, plaintext: string, id: string }} question */
  const answer = async ({ kind, plaintext, id }) => {
    if (kind === 'create') return keyturn.keys.create({ name: 'to be revoked' });
    if (kind === 'revoke') {
      const began = now();
      await keyturn.keys.revoke(id);
      return began;
    }
    if (kind === 'refused') return watching;
    const verdict = await keyturn.verify({ plaintext });
    if (!verdict.valid) throw new Error(`The key was refused before: ${verdict.code}`);
    watching = refusedAt(keyturn, plaintext);
    return undefined;
  };
  return { hello: undefined, answer, close: () => keyturn.close() };
});

/** @param {import('keyturn').Keyturn} keyturn @param {string} plaintext */
async function refusedAt(keyturn, plaintext) {
  const began = now();
  for (;;) {
    const verdict = await keyturn.verify({ plaintext });
    if (!verdict.valid && verdict.code === 'revoked') return now();
    if (!verdict.valid) throw new Error(`The key was refused as ${verdict.code}`);
    if (now() - began > LONGEST_MS) throw new Error('A revoked key was accepted for too long.');
    await pause(1);
  }
}

function now() {
  return Number(process.hrtime.bigint()) / 1e6;
}
