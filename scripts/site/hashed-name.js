// An asset has the hash of its content in its name, so that a browser may keep it for ever.
import { createHash } from 'node:crypto';
import { extname } from 'node:path';

const HASH_LENGTH = 10;

/** @param {string} name @param {string | Uint8Array} content @returns {string} `assets/style-0123456789.css` */
export function hashedName(name, content) {
  const hash = createHash('sha256').update(content).digest('hex').slice(0, HASH_LENGTH);
  const ending = extname(name);
  return `assets/${name.slice(0, -ending.length)}-${hash}${ending}`;
}
