/**
 * What the list of keys says.
 * @public
 */
export const keysText = {
  title: 'Keys',
  said: 'Who may call your API, and with what.',
  create: 'Create key',
  list: 'Keys',
  search: 'Search keys',
  searchHint: 'Name, owner, id, hint or tag',
  state: 'State',
  anyState: 'Any state',
  environment: 'Environment',
  anyEnvironment: 'Live and test',
  live: 'Live',
  test: 'Test',
  pastPolicy: 'Past their policy',
  clear: 'Clear filters',
  filterOwner: (owner: string) => `Owner: ${owner}`,
  filterTag: (tag: string) => `Tag: ${tag}`,
  filterPolicy: (policy: string) => `Policy: ${policy}`,
  filterKeyspace: (keyspace: string) => `Keyspace: ${keyspace}`,
  removeFilter: (what: string) => `Take the filter away: ${what}`,
  columns: {
    name: 'Name',
    owner: 'Owner',
    state: 'State',
    tags: 'Tags',
    lastUsed: 'Last used',
    created: 'Created',
    expires: 'Expires',
    select: 'Selection',
  },
  states: { active: 'Active', disabled: 'Disabled', expired: 'Expired', revoked: 'Revoked' },
  past: 'Past policy',
  noExpiry: 'never',
  shown: (count: number) => (count === 1 ? '1 key' : `${count} keys`),
  shownMore: (count: number) => `${count} keys on this page, and more on the next`,
  empty: 'No keys yet',
  emptySaid:
    'A key lets one consumer call your API: a customer, a script, another service. You create it here, hand it over once, and Keyturn checks it on every request from then on.',
  emptyRead: 'Nobody has created one yet. You may look, but not create.',
  noneFound: 'No key matches',
  noneFoundSaid: 'Look for a part of its name, owner, id or tag, or take filters away.',
  selected: (count: number) => (count === 1 ? '1 key selected' : `${count} keys selected`),
  unselect: 'Clear the selection',
} as const;

/**
 * What is said of acts on one key.
 * @public
 */
export const keyActText = {
  reason: 'Reason',
  reasonHint: 'Stands in the audit trail and with the key.',
  disable: 'Disable',
  disableTitle: (name: string) => `Disable “${name}”?`,
  disableSaid:
    'Every call with this key is refused from now on, within seconds on every instance. You can enable it again at any time.',
  disabled: (name: string) => `“${name}” is disabled`,
  enable: 'Enable',
  enableTitle: (name: string) => `Enable “${name}”?`,
  enableSaid: 'Calls with this key are accepted again, with the secrets that it had.',
  enabled: (name: string) => `“${name}” is enabled`,
  revoke: 'Revoke',
  revokeTitle: (name: string) => `Revoke “${name}” for ever?`,
  revokeSaid:
    'Every secret of this key is refused for ever, within seconds on every instance. This cannot be undone: whoever uses it needs another key. To replace a secret without an outage, rotate it.',
  revokeTyped: 'Type the name of the key to go on',
  revoked: (name: string) => `“${name}” is revoked`,
  revokeDescendants: 'Also revoke every key that this management key has made',
} as const;
