import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const REMEDY =
  'Install the package (apt-get install chromium), or name the program in KEYTURN_TEST_CHROMIUM';

/** Why no browser can be used here, or undefined. In CI that is a failure. */
export function chromiumAbsence(): string | undefined {
  if (programPath() !== undefined) return undefined;
  const reason = `No Chromium: none of ${PLACES.join(', ')} is there. ${REMEDY}.`;
  if ([process.env['CI'], process.env['KEYTURN_TEST_NO_SKIP']].some(isSet)) {
    throw new Error(reason);
  }
  return reason;
}

/** Starts the machine's own Chromium, without a window. */
export function startChromium(): Promise<Browser> {
  // Root may have no sandbox of Chromium's; the pages are our own.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath: programPath() ?? '', args });
}

function programPath(): string | undefined {
  const named = process.env['KEYTURN_TEST_CHROMIUM'];
  return named ?? PLACES.find((path) => existsSync(path));
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== '0' && value !== 'false';
}
