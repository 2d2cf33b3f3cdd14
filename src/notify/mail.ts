import type { SMTPTransportOptions } from 'nodemailer';
import { ConfigInvalidError, DependencyMissingError } from '../errors.js';
import { isMailAddress } from '../keys/mail-address.js';
import type { Plaintext } from '../keys/plaintext.js';
import { hasControl } from '../keys/text.js';
import type { Channel, SendFailure, SendOutcome } from './channel.js';
import { builtInParts, keysWithLinks, type Mail, type MailParts } from './mail-body.js';
import { PartlyTaken } from './partly-taken.js';
import { failureOfSmtp } from './smtp-answer.js';
import type { MailTemplates } from './templates.js';

/** A mail server, as an operator's configuration says it. */
export interface MailSettings {
  readonly host: string;
  readonly port: number;
  /**
   * `starttls`: no mail leaves before the connection is encrypted (RFC 3207); `tls`: from its first
   * byte (RFC 8314); `none`: for a relay on this machine, without a password.
   */
  readonly security: 'starttls' | 'tls' | 'none';
  readonly login?: { readonly user: string; readonly password: Plaintext } | undefined;
  /** The envelope's sender and the address in `From`; each keyspace gives its own name. */
  readonly from: string;
  /** Certificates (PEM) that are trusted instead of the machine's. */
  readonly authorities?: string | undefined;
  readonly templates?: MailTemplates | undefined;
}

type Nodemailer = typeof import('nodemailer');

const CONNECT_TIMEOUT_MS = 10_000;
/** A server that looks for spam may think for a minute between two answers (RFC 5321 §4.5.3.2). */
const SILENCE_TIMEOUT_MS = 60_000;

/**
 * Mail over SMTP. Needs the package nodemailer, which is loaded with the first mail.
 * @throws {ConfigInvalidError} an address that is none, or a password that would travel in clear.
 * @public
 */
export function mail(settings: MailSettings, taken = new PartlyTaken()): Channel<Mail> {
  requireSafe(settings);
  const { from, host, port } = settings;
  const place = `The mail server ${host}:${port}`;
  return {
    place,
    async send(what, { idempotencyKey }) {
      const fault = faultIn(what);
      if (fault !== undefined) return { kind: 'failed', class: 'rejected', message: fault };
      const nodemailer = await loadNodemailer();
      const transport = nodemailer.createTransport(transportOptions(settings));
      const have = taken.of(idempotencyKey);
      const left = what.to.filter((address) => !have.has(address));
      try {
        const sent = {
          ...envelopeOf(what, settings, idempotencyKey),
          envelope: { from, to: left },
        };
        const { accepted, rejected, rejectedErrors = [] } = await transport.sendMail(sent);
        taken.add(idempotencyKey, accepted);
        if (rejected.length === 0) return { kind: 'sent', refusedCount: 0 };
        return partly(worstOf(rejectedErrors, place), rejected.length);
      } catch (error) {
        const failure = failureOfSmtp(error, place);
        return have.size === 0 ? failure : partly(failure, left.length);
      } finally {
        transport.close();
      }
    },
  };
}

/** What passes is tried again for who has yet to take it. */
function worstOf(errors: readonly unknown[], place: string): SendFailure {
  const [first, ...rest] = errors.map((error) => failureOfSmtp(error, place));
  const passing = [first, ...rest].find((one) => one?.class === 'transient');
  return passing ?? first ?? failureOfSmtp(undefined, place);
}

/** Some have it, and some have not. */
function partly(failure: SendFailure, refusedCount: number): SendOutcome {
  const message = `${failure.message} Its other addresses have it.`;
  if (failure.class === 'rejected') return { kind: 'sent', refusedCount, message };
  return { ...failure, message, isPartly: true };
}

function requireSafe({ from, security, login }: MailSettings): void {
  if (!isMailAddress(from)) {
    throw new ConfigInvalidError('The sender of mails is no address. Write it as name@domain.');
  }
  if (security === 'none' && login !== undefined) {
    throw new ConfigInvalidError(
      'A password for the mail server would travel unencrypted. Set security to "starttls" or "tls".',
    );
  }
}

/** @throws {DependencyMissingError} `nodemailer` is not installed. */
async function loadNodemailer(): Promise<Nodemailer> {
  try {
    return await import('nodemailer');
  } catch (cause) {
    throw new DependencyMissingError(
      'Mail needs the package nodemailer. Run: npm install nodemailer',
      { cause },
    );
  }
}

function transportOptions(settings: MailSettings): SMTPTransportOptions {
  const { host, port, security, login, authorities } = settings;
  return {
    host,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    ...(login && { auth: { user: login.user, pass: login.password.reveal() } }),
    tls: { minVersion: 'TLSv1.2', ...(authorities !== undefined && { ca: authorities }) },
    connectionTimeout: CONNECT_TIMEOUT_MS,
    greetingTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SILENCE_TIMEOUT_MS,
    // A text is a text: it names no file and no address to put in its place.
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

/** What would let a name write a header, or a mail go to who was not meant; undefined: nothing. */
function faultIn({ message, to, sender, links }: Mail): string | undefined {
  if (to.length === 0) return 'The owner has no mail address.';
  if (!to.every((address) => isMailAddress(address))) return 'An address of the owner is none.';
  if (sender.replyTo !== null && !isMailAddress(sender.replyTo)) {
    return 'The reply address of the keyspace is none.';
  }
  if (hasControl(sender.name ?? '') || hasControl(message.headline)) {
    return 'A name has a line break or a control character.';
  }
  const isClaim = message.notice.kind === 'claim_link';
  if (!isClaim && links.size > 0) return 'A link of a claim is sent in no other mail.';
  const isWhole = !isClaim || message.keys.every(({ id }) => links.has(id));
  return isWhole ? undefined : 'The link of a key is missing.';
}

function envelopeOf(what: Mail, settings: MailSettings, idempotencyKey: string) {
  const { to, sender } = what;
  const { from } = settings;
  return {
    ...partsOf(what, settings.templates),
    from: { name: sender.name ?? '', address: from },
    to: to.map((address) => ({ name: '', address })),
    ...(sender.replyTo !== null && { replyTo: { name: '', address: sender.replyTo } }),
    // The same for each repeat, so that a mailbox shows the mail once (RFC 5322 §3.6.4).
    messageId: `<${idempotencyKey}@${from.slice(from.lastIndexOf('@') + 1)}>`,
    headers: { 'Auto-Submitted': 'auto-generated' }, // RFC 3834 §5: no answering machine answers.
    textEncoding: 'quoted-printable' as const,
  };
}

function partsOf(what: Mail, templates: MailTemplates | undefined): MailParts {
  const keys = keysWithLinks(what);
  const parts = builtInParts(what.message, keys);
  return templates === undefined ? parts : templates.apply(what.message, keys, parts);
}
