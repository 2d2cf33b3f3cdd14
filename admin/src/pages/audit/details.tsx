import { useState } from 'react';
import { auditText as text } from '../../messages/en/audit.js';
import { Dialog } from '../../ui/dialog.js';
import { Facts } from '../../ui/page.js';
import { Time } from '../../ui/time.js';
import { actorWords } from './actor.js';
import css from './audit.module.css';
import type { AuditEvent } from './queries.js';

/** An event's type; all of it at a press. */
export function EventDetails({ event }: { readonly event: AuditEvent }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        className={css['type']}
        aria-label={text.details(event.type)}
        onClick={() => setOpen(true)}
      >
        {event.type}
      </button>
      <Dialog isOpen={isOpen} onClose={() => setOpen(false)} title={event.type} isWide>
        <Facts
          facts={[
            [text.time, <Time key="at" at={event.at} />],
            [text.keyspace, event.keyspace],
            [text.actor, `${actorWords(event.actor.kind)} ${event.actor.id}`],
            [text.subject, <code key="subject">{event.subject.id}</code>],
            [text.reason, event.reason ?? text.nothing],
            [text.request, event.requestId ?? text.nothing],
            [text.number, event.number.toLocaleString()],
            [text.hash, <code key="hash">{event.hash}</code>],
          ]}
        />
        <Changes event={event} />
      </Dialog>
    </>
  );
}

function Changes({ event: { changes, personal } }: { readonly event: AuditEvent }) {
  if (changes.length === 0) return <p className={css['soft']}>{text.noChanges}</p>;
  const shown = (value: unknown) => saidOf(value, personal);
  return (
    <div className={css['changes']}>
      <table>
        <thead>
          <tr>
            <th scope="col">{text.field}</th>
            <th scope="col">{text.before}</th>
            <th scope="col">{text.after}</th>
          </tr>
        </thead>
        <tbody>
          {changes.map(({ field, from, to }) => (
            <tr key={field}>
              <th scope="row">{field}</th>
              <td>{shown(from)}</td>
              <td>{shown(to)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A personal value stands as its commitment, until its owner is erased. */
function saidOf(value: unknown, personal: Readonly<Record<string, unknown>>): string {
  if (value === null || value === undefined) return text.nothing;
  const known = typeof value === 'string' && value in personal ? personal[value] : value;
  if (known === null || known === undefined) return text.personal;
  return typeof known === 'string' ? known : JSON.stringify(known);
}
