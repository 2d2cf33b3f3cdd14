import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';

/** A mail as it arrived: its bytes, and what a reader of mail makes of them. */
interface Arrived {
  readonly raw: string;
  readonly parsed: ParsedMail;
  readonly recipients: readonly string[];
  readonly isEncrypted: boolean;
}

/** A real mail server on a port of its own. */
export interface MailServer {
  readonly port: number;
  /** What to trust, so that its certificate holds. */
  readonly authorities: string;
  readonly mails: readonly Arrived[];
  close(): Promise<void>;
}

interface Manners {
  /** What it answers to a recipient; absent: it takes everyone. */
  readonly refuse?: (
    address: string,
  ) => { readonly status: number; readonly text: string } | undefined;
  readonly user?: { readonly name: string; readonly password: string };
  readonly offersTls?: boolean;
  /** Where another one was. Default: any that is free. */
  readonly port?: number;
}

export async function startMailServer(manners: Manners = {}): Promise<MailServer> {
  const { key, certificate } = makeCertificate();
  const mails: Arrived[] = [];
  const { refuse = () => undefined, user, offersTls = true, port = 0 } = manners;
  const server = new SMTPServer({
    key,
    cert: certificate,
    disabledCommands: offersTls ? [] : ['STARTTLS'],
    authOptional: user === undefined,
    disableReverseLookup: true,
    onAuth({ username, password }, _session, done) {
      const isKnown = username === user?.name && password === user?.password;
      if (isKnown) done(null, { user: username });
      else done(faultOf(535, '5.7.8 no such user'));
    },
    onRcptTo({ address }, _session, done) {
      const refusal = refuse(address);
      if (refusal === undefined) done();
      else done(faultOf(refusal.status, refusal.text));
    },
    onData(stream, session, done) {
      const pieces: Buffer[] = [];
      stream.on('data', (piece: Buffer) => pieces.push(piece));
      stream.on('end', () => {
        const raw = Buffer.concat(pieces);
        const recipients = session.envelope.rcptTo.map(({ address }) => address);
        const keep = (parsed: ParsedMail) =>
          mails.push({ raw: raw.toString(), parsed, recipients, isEncrypted: session.secure });
        simpleParser(raw)
          .then(keep)
          .then(() => done(), done);
      });
    },
  });
  server.on('error', () => {}); // A client that hangs up is what some tests are about.
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    port: portOf(server.server.address()),
    authorities: certificate,
    mails,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function faultOf(status: number, text: string): Error {
  return Object.assign(new Error(text), { responseCode: status });
}

function portOf(address: AddressInfo | string | null): number {
  if (typeof address === 'object' && address !== null) return address.port;
  throw new Error('The server does not listen.');
}

function makeCertificate(): { readonly key: string; readonly certificate: string } {
  const folder = mkdtempSync(join(tmpdir(), 'mail-'));
  const [keyFile, certificateFile] = [join(folder, 'key'), join(folder, 'crt')];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const files = ['-keyout', keyFile, '-out', certificateFile];
  execFileSync('openssl', ['req', '-x509', '-days', '2', ...curve, ...names, ...files], {
    stdio: 'ignore',
  });
  const [key, certificate] = [readFileSync(keyFile, 'utf8'), readFileSync(certificateFile, 'utf8')];
  rmSync(folder, { recursive: true });
  return { key, certificate };
}
