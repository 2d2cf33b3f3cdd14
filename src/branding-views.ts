import type { LogoFacts } from './keys/logo.js';

// How a keyspace shows itself to those who hold its keys: on the page of a claim, and in mails.

export interface Branding {
  /** Null: its own name is shown. */
  readonly name: string | null;
  /** What the logo is; it is shown where a claim is opened. Null: there is none. */
  readonly logo: LogoFacts | null;
  /** Where answers to mails to owners go. Null: to the sender's address. */
  readonly replyTo: string | null;
}

export interface BrandingPatch {
  readonly name?: string | null | undefined;
  /** A PNG, JPEG or WebP of 32 KiB and 2048 pixels a side at most, in base64. */
  readonly logo?: string | null | undefined;
  /** A mail address. */
  readonly replyTo?: string | null | undefined;
}
