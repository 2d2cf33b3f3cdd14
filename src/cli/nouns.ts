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
    summary: 'prepare a database, and say the next steps',
    load: async () => (await import('./init.js')).defineInit,
  },
  {
    name: 'migrate',
    summary: 'initialise a database, or bring its schema up to date',
    load: async () => (await import('./migrate.js')).defineMigrate,
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
    name: 'key',
    summary: 'create, find, change and revoke keys',
    load: async () => (await import('./key.js')).defineKey,
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
];
