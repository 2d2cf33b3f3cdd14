import { readdir, readFile, writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { command } from '../../src/deliver/command.js';
import { Plaintext } from '../../src/keys/plaintext.js';
import { A_DELIVERY, A_KEY } from '../setup/a-delivery.js';
import { somePlace } from '../setup/deliver-outside.js';
import { someSecret } from '../setup/destination-contract.js';
import { expectNothingOf } from './canaries.js';

/** What every process of the machine shows of itself, to whoever may look. */
async function shownByProcesses(): Promise<string> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const files = ids.flatMap((id) => [`/proc/${id}/cmdline`, `/proc/${id}/environ`]);
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')));
  return texts.join('\n').replaceAll('\0', ' ');
}

describe('a command destination', () => {
  test('security 23: shows a secret in no command line and no environment while it runs', async () => {
    const mark = someSecret();
    const place = await somePlace();
    // It has the secret, says so, and waits to be told that it was looked at.
    const script =
      'read -r secret || true; echo 1 > "$0/has"; while [ ! -e "$0/seen" ]; do sleep 0.01; done';
    const keeper = { write: ['sh', '-c', script, place.folder], env: { MARK: mark } };
    const outside = { ...place.outside, commands: { keeper } };
    const secret = someSecret();
    const destination = command.open({ command: 'keeper' }, outside, A_KEY);
    const written = destination.write(new Plaintext(secret), { kind: 'unreadable' }, A_DELIVERY);
    await expect.poll(() => readdir(place.folder)).toContain('has');
    const shown = await shownByProcesses();
    expect(shown).toContain(mark); // The looking works.
    expectNothingOf([secret], shown);
    await writeFile(place.path('seen'), '');
    expect(await written).toEqual({ kind: 'written' });
    await place.remove();
  });
});
