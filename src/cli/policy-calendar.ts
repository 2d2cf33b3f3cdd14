import type { Calendar } from '../calendar-views.js';
import { counted } from '../counted.js';
import { withSession } from './connect.js';
import { type Invocation, operandOf } from './invocation.js';

/** `keyturn policy calendar NAME` */
export async function showCalendar(call: Invocation): Promise<undefined> {
  const { options, out } = call;
  const query = {
    keyspace: options.text('keyspace'),
    from: options.text('from'),
    to: options.text('to'),
  };
  const found = await withSession(call, ({ policies }) =>
    policies.calendar(operandOf(call), query),
  );
  if (out.isJson) await out.document(found);
  else await out.text(textOf(found));
}

function textOf({ days, count, isWhole, blackouts, timezone, from, to }: Calendar): string {
  const more = isWhole ? '' : ', or more: not all keys and times were looked at';
  const title = `${counted(count, 'rotation')} from ${from} to ${to}${more}. Days are of ${timezone}.`;
  const lines = days.map(({ on, count: many, slots }) => {
    const names = slots.map(({ key }) => key.name).join(', ');
    const rest = many > slots.length ? ` and ${many - slots.length} more` : '';
    return `  ${on}  ${many}: ${names}${rest}`;
  });
  const closed = blackouts.map((span) => `  none begins from ${span.from} until ${span.until}`);
  return [title, ...lines, ...closed].join('\n');
}
