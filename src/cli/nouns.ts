import type { Define } from './invocation.js';

/** A noun, or a verb without one; its file is read only when it is called. */
export interface Noun {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<Define>;
}

export const NOUNS: readonly Noun[] = [
  {
    name: 'serve',
    summary: 'run the server',
    load: async () => (await import('./serve.js')).defineServe,
  },
  {
    name: 'init',
    summary: 'prepare a SQLite file (a PostgreSQL: migrate), and say the next steps',
    load: async () => (await import('./init.js')).defineInit,
  },
  {
    name: 'migrate',
    summary: 'initialise a database, or bring its schema up to date',
    load: async () => (await import('./migrate.js')).defineMigrate,
  },
  {
    name: 'backup',
    summary: 'copy a database to a new file, while it is in use',
    load: async () => (await import('./backup.js')).defineBackup,
  },
  {
    name: 'restore',
    summary: 'put a backup in the place of a database; say first what would be lost',
    load: async () => (await import('./restore.js')).defineRestore,
  },
  {
    name: 'move',
    summary: 'move a database between SQLite and PostgreSQL, while checks go on',
    load: async () => (await import('./move.js')).defineMove,
  },
  {
    name: 'quarantine',
    summary: 'a database that is older than it should be: look at it, and release it',
    load: async () => (await import('./quarantine.js')).defineQuarantine,
  },
  {
    name: 'doctor',
    summary: 'check the installation, and say what to do',
    load: async () => (await import('./doctor.js')).defineDoctor,
  },
  {
    name: 'config',
    summary: 'show the configuration and where it comes from',
    load: async () => (await import('./config-print.js')).defineConfig,
  },
  {
    name: 'overview',
    summary: 'what needs a person now, and how things are',
    load: async () => (await import('./overview.js')).defineOverview,
  },
  {
    name: 'key',
    summary: 'create, find, change and revoke keys',
    load: async () => (await import('./key.js')).defineKey,
  },
  {
    name: 'import',
    summary: 'whether Keyturn decides as the check before it does',
    load: async () => (await import('./import-report.js')).defineImport,
  },
  {
    name: 'rotate',
    summary: 'begin what is due by its schedule, and work on open rotations, once',
    load: async () => (await import('./rotate-due.js')).defineRotate,
  },
  {
    name: 'schedule',
    summary: 'print what calls `keyturn rotate --due` again and again',
    load: async () => (await import('./schedule/print.js')).defineSchedule,
  },
  {
    name: 'rotation',
    summary: 'follow the replacement of a secret, and decide what it asks',
    load: async () => (await import('./rotation.js')).defineRotation,
  },
  {
    name: 'policy',
    summary: 'on what terms secrets are replaced',
    load: async () => (await import('./policy.js')).definePolicy,
  },
  {
    name: 'destination',
    summary: 'where new secrets are delivered to',
    load: async () => (await import('./destination.js')).defineDestination,
  },
  {
    name: 'channel',
    summary: 'where operators are told; test it',
    load: async () => (await import('./channel.js')).defineChannel,
  },
  {
    name: 'notice',
    summary: 'what people were told, and what could not be sent',
    load: async () => (await import('./notice.js')).defineNotice,
  },
  {
    name: 'keyspace',
    summary: 'the keys of one API, and the border between tenants',
    load: async () => (await import('./keyspace.js')).defineKeyspace,
  },
  {
    name: 'owner',
    summary: 'whose keys they are; erase what is personal',
    load: async () => (await import('./owner.js')).defineOwner,
  },
  {
    name: 'person',
    summary: 'who may sign in to the admin pages; invite somebody',
    load: async () => (await import('./person.js')).definePerson,
  },
  {
    name: 'session',
    summary: 'who is signed in; end it',
    load: async () => (await import('./person-session.js')).defineSession,
  },
  {
    name: 'verify',
    summary: 'check a key from standard input',
    load: async () => (await import('./verify.js')).defineVerify,
  },
  {
    name: 'events',
    summary: 'list and verify the audit trail',
    load: async () => (await import('./events.js')).defineEvents,
  },
  {
    name: 'usage',
    summary: 'how often keys were used, and with what outcome',
    load: async () => (await import('./usage.js')).defineUsage,
  },
  {
    name: 'completion',
    summary: 'print the script with which a shell completes commands and options',
    load: async () => (await import('./completion.js')).completionOf(NOUNS),
  },
];
