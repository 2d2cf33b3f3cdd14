import { auditText as text } from '../../messages/en/audit.js';
import type { Column } from '../../ui/table.js';
import { Time } from '../../ui/time.js';
import { actorWords } from './actor.js';
import css from './audit.module.css';
import { EventDetails } from './details.js';
import type { AuditEvent } from './queries.js';

/** What the list shows of each event. */
export const columns: readonly Column<AuditEvent>[] = [
  { id: 'at', title: text.time, cell: ({ at }) => <Time at={at} /> },
  { id: 'type', title: text.event, cell: (event) => <EventDetails event={event} /> },
  { id: 'actor', title: text.actor, cell: ({ actor }) => <Actor actor={actor} /> },
  { id: 'subject', title: text.subject, cell: ({ subject }) => <code>{subject.id}</code> },
  {
    id: 'changes',
    title: text.changes,
    isWideOnly: true,
    cell: ({ changes, reason }) => (
      <span className={css['soft']}>
        {reason ?? changes.map(({ field }) => field).join(', ') ?? text.nothing}
      </span>
    ),
  },
];

function Actor({ actor }: Pick<AuditEvent, 'actor'>) {
  return (
    <span title={actor.id}>
      {actorWords(actor.kind)}
      {actor.id !== actor.kind && <span className={css['soft']}> {actor.id}</span>}
    </span>
  );
}
