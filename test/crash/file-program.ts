// Writes a new secret to a dotenv file, again and again, and tells each one first.
import { randomBytes } from 'node:crypto';
import { dotenvFile } from '../../src/deliver/dotenv-file.js';
import { Plaintext } from '../../src/keys/plaintext.js';
import { systemFiles } from '../../src/outside/files.js';
import { systemProcesses } from '../../src/outside/processes.js';
import { A_DELIVERY, A_KEY } from '../setup/a-delivery.js';

const [root = '', path = '', isOnce] = process.argv.slice(2);
const outside = { files: systemFiles([root]), processes: systemProcesses(), commands: {} };
const destination = dotenvFile.open({ path, variable: 'API_KEY' }, outside, A_KEY);

do {
  const secret = `key_live_${randomBytes(24).toString('hex')}`;
  console.log(JSON.stringify(secret));
  const written = await destination.write(
    new Plaintext(secret),
    await destination.read(),
    A_DELIVERY,
  );
  console.log(JSON.stringify(written.kind));
} while (isOnce === undefined);
