// Puts a symbolic link to another place where a folder or a file was, and the folder or file back,
// until it is killed.
import { lstatSync, renameSync, symlinkSync, unlinkSync } from 'node:fs';

const [path = '', elsewhere = ''] = process.argv.slice(2);
const LOOKS = 100;
const aside = `${path}.aside`;

console.log(JSON.stringify('swapping'));
for (;;) {
  renameSync(path, aside);
  symlinkSync(elsewhere, path);
  unlinkSync(path);
  renameSync(aside, path);
  // As it should be for a while, so that somebody gets through at times.
  for (let look = 0; look < LOOKS; look += 1) lstatSync(path);
}
