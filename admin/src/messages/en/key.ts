/**
 * What the page of one key says.
 * @public
 */
export const keyText = {
  back: 'Keys',
  tabs: {
    facts: 'Overview',
    usage: 'Usage',
    consumers: 'Consumers',
    events: 'Events',
    use: 'Use it',
  },
  rotate: 'Rotate',
  more: 'More',
  edit: 'Edit',
  delete: 'Delete',
  facts: 'Facts',
  fact: {
    id: 'Id',
    keyspace: 'Keyspace',
    owner: 'Owner',
    environment: 'Environment',
    scopes: 'Scopes',
    tags: 'Tags',
    policy: 'Policy',
    expires: 'Expires',
    notBefore: 'Works from',
    created: 'Created',
    lastUsed: 'Last used',
    state: 'State',
    reason: 'Reason',
    since: 'Since',
    nextRotation: 'Next rotation',
    metadata: 'Metadata',
    restrictions: 'Works only',
  },
  noScopes: 'none: it may do nothing',
  defaultPolicy: 'default',
  noSchedule: 'not scheduled',
  anywhere: 'from anywhere',
  restriction: {
    addresses: (list: string) => `from ${list}`,
    origins: (list: string) => `from pages of ${list}`,
    methods: (list: string) => `with ${list}`,
    paths: (list: string) => `on ${list}`,
    keyspaces: (list: string) => `in ${list}`,
  },
  secrets: 'Secrets',
  secretsSaid: 'Each secret from its issue to its end. Two at most are accepted at once.',
  secret: (number: number) => `Secret ${number}`,
  secretStates: {
    pending: 'Not yet accepted',
    current: 'Current',
    retiring: 'Retiring',
    disabled: 'Refused, can be brought back',
    revoked: 'Ended',
  },
  until: 'until',
  since: 'since',
  used: 'last used',
  now: 'now',
  rotationOpen: 'A rotation is open',
  rotationAsks: 'The rotation needs a decision',
  rotationSee: 'Look at the rotation',
  past: 'Its secret is older than its policy allows',
  pastSaid: 'Rotate it, or move its policy’s limit.',
  usage: 'Checks',
  usagePer: 'Period',
  usageHours: 'Last 48 hours',
  usageDays: 'Last 90 days',
  usageValid: 'Accepted',
  usageRefused: 'Refused',
  usagePlaces: { hour: 'Hour', day: 'Day' },
  usageNone: 'No checks in this time',
  usageNoneSaid:
    'As soon as somebody calls with this key, every check is counted here by its outcome.',
  usageSaid: (valid: number, refused: number) =>
    `${valid.toLocaleString('en')} accepted, ${refused.toLocaleString('en')} refused`,
  outcome: 'Outcome',
  checks: 'Checks',
  consumersNone: 'Nobody has called with it yet',
  consumersNoneSaid:
    'A consumer is one program that calls with this key, told apart by its network, its agent and, if it sends one, its X-Client-Id.',
  consumer: 'Consumer',
  consumerSecret: 'Secret',
  firstUsed: 'First seen',
  lastUsed: 'Last seen',
  consumersMore: 'There are more than are shown here.',
  eventsNone: 'No events',
  eventsNoneSaid: 'What happens to this key is written down here, for ever.',
  event: 'Event',
  actor: 'By',
  at: 'At',
  changed: 'Changed',
  moreEvents: 'Older events',
  useSaid:
    'Put the secret into the environment of your program as API_KEY. Your own address stands where api.example.com does.',
  snippet: (language: string) => `Code in ${language}`,
  language: 'Language',
  deleteTitle: (name: string) => `Delete “${name}”?`,
  deleteSaid:
    'The key and its rotations are taken out of the database. Its events and counts stay. This cannot be undone.',
  deleted: (name: string) => `“${name}” is deleted`,
} as const;

const OUTCOMES: Readonly<Record<string, string>> = { valid: 'accepted' };

/**
 * What came of a check, in words; undefined where its code says it.
 * @public
 */
export function outcomeWords(outcome: string): string | undefined {
  return OUTCOMES[outcome];
}
