import { counted } from './counted.js';

/**
 * What the page of the audit trail says.
 * @public
 */
export const auditText = {
  title: 'Audit',
  said: 'Every change, who made it and when. Each event seals the one before it, so that none can be taken out or rewritten unseen.',
  list: 'Events, the newest first',
  time: 'Time',
  event: 'Event',
  actor: 'By',
  subject: 'On',
  changes: 'What changed',
  keyspace: 'Keyspace',
  everyKeyspace: 'All keyspaces',
  type: 'Type of event',
  typeHint: 'key.revoked',
  subjectField: 'Id of a key, rotation, owner …',
  since: 'Since',
  anyTime: 'Any time',
  periods: {
    '1h': 'The last hour',
    '24h': 'The last day',
    '7d': 'The last week',
    '30d': 'The last 30 days',
  },
  clear: 'Clear',
  shown: (count: number) => counted(count, 'event', 'events'),
  shownMore: (count: number) => `${counted(count, 'event', 'events')} on this page`,
  none: 'Nothing like this has happened',
  noneSaid: 'No event fits these filters.',
  empty: 'Nothing has happened yet',
  emptySaid: 'As soon as a key, an owner or a policy is made or changed, it is written down here.',
  details: (type: string) => `Details of ${type}`,
  field: 'Field',
  before: 'Before',
  after: 'After',
  noChanges: 'It changed no field.',
  reason: 'Reason',
  number: 'Number in its chain',
  request: 'Request',
  hash: 'Hash',
  nothing: '–',
  personal: 'a personal value, erased or not shown',
  verify: 'Verify the chain',
  verifySaid: 'Reads every event from the first one and checks that each seals the one before.',
  verifying: 'Verifying…',
  whole: (keyspace: string, count: string) =>
    `${keyspace}: ${count} events, none missing or changed`,
  broken: (keyspace: string, number: number) =>
    `${keyspace}: the chain does not hold at event ${number}`,
  brokenTodo:
    'Compare with a backup and with the heads that you keep elsewhere: somebody may have changed the database by hand.',
  head: 'Head',
  headSaid:
    'Keep it outside the database: a chain that is rewritten later does not pass through it.',
  export: 'Export',
  exportSaid: 'All events that fit the filters, one JSON object a line.',
  exporting: (count: number) => `${counted(count, 'event', 'events')} read…`,
  stop: 'Stop',
  actors: {
    admin: 'Person',
    management_key: 'Management key',
    consumer: 'Consumer',
    scheduler: 'Scheduler',
    command_line: 'Command line',
    application: 'Application',
    instance: 'Instance',
  },
} as const;
