import type { Reader } from './source-row.js';

/** What `--from` may name. */
export const SOURCES = ['drf', 'jsonl', 'csv', 'better-auth', 'unkey'] as const;

/** A system or a format that keys come from. */
export type SourceName = (typeof SOURCES)[number];

/** Whether there is a reader for it. */
export function isSourceName(text: string): text is SourceName {
  return SOURCES.some((name) => name === text);
}

/** The reader of a source. Only that one is loaded, with what it needs. */
export async function readerOf(from: SourceName): Promise<Reader> {
  switch (from) {
    case 'drf':
      return (await import('./drf.js')).readDrf;
    case 'jsonl':
      return (await import('./jsonl.js')).readJsonl;
    case 'csv':
      return (await import('./csv.js')).readCsv;
    case 'better-auth':
      return (await import('./better-auth.js')).readBetterAuth;
    case 'unkey':
      return (await import('./unkey.js')).readUnkey;
  }
}
