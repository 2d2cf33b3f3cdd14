// Without this, up to a second of counts would be lost when the server ends.
import { keyturn } from './keyturn.js';

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => (await keyturn()).close());
}
