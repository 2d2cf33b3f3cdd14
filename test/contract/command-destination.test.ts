import { chmod, readFile, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { command } from '../../src/deliver/command.js';
import type { Command } from '../../src/deliver/commands.js';
import { dotenvFile } from '../../src/deliver/dotenv-file.js';
import { ConfigInvalidError } from '../../src/errors.js';
import { digestOf } from '../../src/keys/digest.js';
import { Plaintext } from '../../src/keys/plaintext.js';
import { A_DELIVERY, A_KEY } from '../setup/a-delivery.js';
import { type Place, somePlace } from '../setup/deliver-outside.js';
import { destinationContract, someSecret } from '../setup/destination-contract.js';

// A store of one secret in a file, with a line in another for every write.
const KEEPER = `#!/bin/sh
set -eu
case "$1" in
  write) cat > "$STORE" && echo written >> "$STORE.log" ;;
  read) cat "$STORE" ;;
  fingerprint) [ ! -s "$STORE" ] || echo "sha256:$(sha256sum < "$STORE" | cut -c1-64)" ;;
esac
`;

for (const [name, read] of [
  ['command, which prints the secret', 'read'],
  ['command, which prints a fingerprint', 'fingerprint'],
] as const) {
  destinationContract(name, async (value) => {
    const place = await somePlace();
    const [program, store] = [place.path('keeper'), place.path('store')];
    await writeFile(program, KEEPER);
    await chmod(program, 0o755);
    await writeFile(store, value ?? '');
    await writeFile(`${store}.log`, '');
    const keeper: Command = {
      write: [program, 'write'],
      read: [program, read],
      env: { STORE: store },
    };
    const outside = { ...place.outside, commands: { keeper } };
    return {
      destination: command.open({ command: 'keeper' }, outside, A_KEY),
      value: async () => (await readFile(store, 'utf8')) || null,
      edit: (text) => writeFile(store, text),
      trace: () => readFile(`${store}.log`, 'utf8'),
      close: place.remove,
    };
  });
}

/** A place with these commands, for one test. */
async function withCommands(
  commands: Readonly<Record<string, Command>>,
  act: (place: Place) => Promise<void>,
): Promise<void> {
  const place = await somePlace(commands);
  await act(place).finally(place.remove);
}

const sh = (script: string) => ['sh', '-c', script];

test.each([
  ['exit 75', 'transient'],
  ['exit 1', 'transient'],
  ['exit 77', 'destination_auth'],
  ['exit 65', 'value_rejected'],
  ['exit 66', 'target_missing'],
  ['kill -9 $$', 'transient'],
  ['sleep 1000', 'transient'],
  ['yes', 'destination_auth'],
])('a command that ends by `%s` has failed as %s', async (script, failure) => {
  await withCommands({ it: { write: sh(script), timeoutMs: 1000 } }, async ({ outside }) => {
    const { write } = command.open({ command: 'it' }, outside, A_KEY);
    const secret = someSecret();
    const said = await write(new Plaintext(secret), { kind: 'unreadable' }, A_DELIVERY);
    expect(said).toMatchObject({ kind: 'failed', class: failure });
    expect(JSON.stringify(said)).toContain('it.write');
  });
});

test('a command without `read` tells nothing of what is there, and is written', async () => {
  await withCommands({ it: { write: sh('cat > /dev/null') } }, async ({ outside }) => {
    const destination = command.open({ command: 'it' }, outside, A_KEY);
    expect(await destination.preflight()).toEqual({ kind: 'ready' });
    expect(await destination.read()).toEqual({ kind: 'unreadable' });
    const written = await destination.write(
      new Plaintext('value'),
      { kind: 'unreadable' },
      A_DELIVERY,
    );
    expect(written).toEqual({ kind: 'written' });
    expect(await destination.reload()).toEqual({ kind: 'nothing_to_do' });
  });
});

test('a command gets the secret on standard input, as it is, and nothing more', async () => {
  await withCommands({}, async ({ path, outside: { processes } }) => {
    const commands = { it: { write: sh(`cat > ${path('got')}`) } };
    const destination = command.open({ command: 'it' }, { processes, commands }, A_KEY);
    await destination.write(new Plaintext("a 'b' $c"), { kind: 'unreadable' }, A_DELIVERY);
    expect(await readFile(path('got'), 'utf8')).toBe("a 'b' $c");
  });
});

test('a program that is not there is told before anything is written', async () => {
  const read = ['no-such-program-at-all'];
  await withCommands({ it: { write: sh('true'), read } }, async ({ outside }) => {
    const said = await command.open({ command: 'it' }, outside, A_KEY).preflight();
    expect(said).toMatchObject({ kind: 'failed', class: 'destination_auth' });
    expect(said).toHaveProperty('message', expect.stringContaining('no-such-program-at-all'));
  });
});

test('a fingerprint that is none is told as such', async () => {
  await withCommands({ it: { write: sh('true'), read: sh('echo sha256:12') } }, async (place) => {
    const said = await command.open({ command: 'it' }, place.outside, A_KEY).read();
    expect(said).toMatchObject({ kind: 'failed', class: 'target_missing' });
  });
});

test('security 23: a command that the configuration does not name is none', async () => {
  await withCommands({ it: { read: sh('true') } }, async ({ path, outside }) => {
    for (const name of ['other', 'it', 'constructor', '__proto__', '/bin/sh']) {
      expect(() => command.open({ command: name }, outside, A_KEY)).toThrow(ConfigInvalidError);
      const settings = { path: path('.env'), variable: 'A', reload: name };
      expect(() => dotenvFile.open(settings, outside, A_KEY)).toThrow(ConfigInvalidError);
    }
  });
});

test('a file is followed by the reload of a command', async () => {
  await withCommands({}, async ({ path, outside: { files, processes } }) => {
    await writeFile(path('.env'), 'A=old\n');
    const commands = { app: { reload: sh(`cp ${path('.env')} ${path('seen')}`) } };
    const settings = { path: path('.env'), variable: 'A', reload: 'app' };
    const destination = dotenvFile.open(settings, { files, processes, commands }, A_KEY);
    const expected = { kind: 'found', fingerprint: digestOf('old') } as const;
    await destination.write(new Plaintext('new'), expected, A_DELIVERY);
    expect(await destination.reload()).toEqual({ kind: 'reloaded' });
    expect(await readFile(path('seen'), 'utf8')).toBe('A=new\n');
  });
});
