// Without this, up to a second of counts would be lost when the server ends. Next.js ends it without
// waiting, unless it is started with NEXT_MANUAL_SIG_HANDLE=true: then we do.
import { setTimeout as sleep } from 'node:timers/promises';
import { keyturn } from './keyturn.js';

const UNDER_WAY_MS = 1_000; // For the requests that are being answered.

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    await sleep(UNDER_WAY_MS);
    try {
      await (await keyturn()).close();
    } finally {
      process.exit();
    }
  });
}
