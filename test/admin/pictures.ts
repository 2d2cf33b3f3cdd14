import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page as Tab } from 'playwright-core';
import { root } from '../docs/page.js';

const FOLDER = join(root, 'docs/pictures/admin');
const QUALITY = 0.82; // Letters stay sharp, and a page has some 30 kB.

/** Keeps what a tab shows for the documentation, where KEYTURN_PICTURES says so. */
export async function keepPicture(tab: Tab, name: string): Promise<void> {
  if (!process.env['KEYTURN_PICTURES']) return;
  const png = (await tab.screenshot()).toString('base64');
  const blank = await tab.context().newPage();
  const webp = await blank.evaluate(
    `(async () => {
      const blob = await (await fetch('data:image/png;base64,${png}')).blob();
      const picture = await createImageBitmap(blob);
      const canvas = new OffscreenCanvas(picture.width, picture.height);
      canvas.getContext('2d').drawImage(picture, 0, 0);
      const made = await canvas.convertToBlob({ type: 'image/webp', quality: ${QUALITY} });
      const bytes = new Uint8Array(await made.arrayBuffer());
      return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
    })()`,
  );
  await blank.close();
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, `${name}.webp`), Buffer.from(String(webp), 'base64'));
}
