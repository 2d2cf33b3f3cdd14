import { counted, countedAtLeast } from './counted.js';

/**
 * What the overview says.
 * @public
 */
export const overviewText = {
  title: 'Overview',
  keyspace: 'Keyspace',
  everyKeyspace: 'All keyspaces',
  calm: 'Nothing needs you now',
  calmSaid:
    'Rotations that wait for a person, keys that expire, and notices that reached nobody would stand here.',
  needs: 'Needs you now',
  countedAt: 'Counted',
  counting: 'Keys are being counted for the first time. This page goes on by itself.',
  more: (count: number, isAtLeast: boolean) => `and ${count}${isAtLeast ? ' or more' : ''} others`,
  waiting: (count: string) => `${count} waiting for a person`,
  stragglers: (count: string) => `${count} whose old secret is still in use`,
  deliveries: (count: string) => `${count} hindered on the way to their places`,
  expiring: (count: string) => `${count} expiring within 14 days`,
  pastPolicy: (count: string) => `${count} older than the policy allows`,
  dead: (count: string) => `${count} that reached nobody`,
  rotations: (count: number, isAtLeast: boolean) =>
    isAtLeast ? countedAtLeast(count, 'rotations') : counted(count, 'rotation', 'rotations'),
  keys: (count: number, isAtLeast: boolean) =>
    isAtLeast ? countedAtLeast(count, 'keys') : counted(count, 'key', 'keys'),
  notices: (count: number, isAtLeast: boolean) =>
    isAtLeast ? countedAtLeast(count, 'notices') : counted(count, 'notice', 'notices'),
  consumers: (count: number, names: readonly string[]) =>
    names.length === 0
      ? counted(count, 'consumer', 'consumers')
      : `${counted(count, 'consumer', 'consumers')}: ${names.join(', ')}`,
  checks: 'Checks, last 24 hours',
  checksSaid: (total: string, refused: string) => `${total} checks, ${refused} refused`,
  perSecond: (rate: string) => `${rate} a second in this hour`,
  checksChart: 'Checks of each of the last 24 hours: valid ones, and refused ones above them.',
  hour: 'Hour',
  valid: 'Valid',
  refused: 'Refused',
  noChecks: 'No check in the last day. Once an application asks, its checks are counted here.',
  reasons: 'Refusals by reason',
  noReasons: 'Nothing was refused in the last day.',
  ages: 'Age of secrets',
  agesChart: 'How many current secrets are of which age.',
  age: 'Age',
  secrets: 'Current secrets',
  days: (from: number, to: number | null) => (to === null ? `${from} d+` : `${from}–${to} d`),
  noSecrets: 'There are no keys yet.',
  cohort: 'Running rotations',
  cohortSaid: (open: number) =>
    open === 0 ? 'None is open.' : `${counted(open, 'rotation is', 'rotations are')} open.`,
  told: 'Told',
  toldSaid: 'Their people have the new secret, or a link to it',
  opened: 'Opened',
  openedSaid: 'The link was opened, or it was delivered',
  used: 'Used',
  usedSaid: 'Somebody works with the new one',
  silent: 'Silent',
  silentSaid: 'Told, and nobody has opened the link',
} as const;
