import type { KeyConsumer } from '../consumer-views.js';
import { withSession } from './connect.js';
import { type Invocation, operandOf } from './invocation.js';
import type { Column } from './output.js';

const COLUMNS: readonly Column<KeyConsumer>[] = [
  { title: 'CONSUMER', value: ({ label }) => label },
  { title: 'LAST USED', value: ({ lastUsedAt }) => lastUsedAt },
  { title: 'CHECKS', value: ({ count }) => String(count) },
  { title: 'SECRETS', value: ({ secrets }) => secrets.map(secretText).join(', ') },
];

/** `keyturn key consumers ID` */
export async function showConsumers(call: Invocation): Promise<undefined> {
  const found = await withSession(call, ({ keys }) => keys.consumers(operandOf(call)));
  if (call.out.isJson) return void (await call.out.document(found));
  if (found.items.length === 0) {
    call.out.note(
      'Nobody has used it in 90 days, or it was not written yet: that takes some seconds.',
    );
    return undefined;
  }
  await call.out.table(COLUMNS, found.items);
  if (!found.isWhole) call.out.note('There are more: these were seen last.');
  return undefined;
}

function secretText({ secret, outcome, count }: KeyConsumer['secrets'][number]): string {
  return outcome === 'valid' ? `${secret} (${count})` : `${secret} ${outcome} (${count})`;
}
