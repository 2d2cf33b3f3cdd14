import type { SendFailure } from './channel.js';

/**
 * What an error of a mail server means for a notice (RFC 5321 §4.2.1: 4xx passes, 5xx stays). What
 * the server wrote is not repeated but its numbers: it may hold an address.
 */
export function failureOfSmtp(error: unknown, place: string): SendFailure {
  const code = textIn(error, 'code');
  const status = numberIn(error, 'responseCode');
  const failed = (failure: SendFailure['class'], said: string): SendFailure => ({
    kind: 'failed',
    class: failure,
    message: `${place} ${said}`,
  });
  if (isOfCertificate(code, error)) {
    return failed(
      'auth',
      'showed a certificate that is not trusted: nothing was sent. Add its authority to the configuration.',
    );
  }
  const isTls = code === 'ETLS' || code === 'EREQUIRETLS';
  if (isTls && !isPassing(status)) {
    return failed(
      'auth',
      'does not offer an encrypted connection, or not one that holds: nothing was sent. Set "security" to what it offers.',
    );
  }
  if (status === undefined) {
    if (code === 'ENOAUTH' || code === 'EAUTH')
      return failed('auth', 'offers no sign-in that is known here.');
    return failed('transient', `could not be reached (${code ?? 'no answer'}).`);
  }
  const shown = `answered ${statusOf(status, error)}.`;
  if (isPassing(status)) return failed('transient', shown);
  if (code === 'EAUTH' || status === 530 || status === 535) {
    return failed('auth', `${shown} Set its user and password anew.`);
  }
  return failed('rejected', `${shown} It takes no such mail, or not for this address.`);
}

function isPassing(status: number | undefined): boolean {
  return status !== undefined && status >= 400 && status < 500;
}

/** `550 5.1.1`: the enhanced status (RFC 3463) says what was wrong. */
function statusOf(status: number, error: unknown): string {
  const [, enhanced] =
    /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})\b/.exec(textIn(error, 'response') ?? '') ?? [];
  return enhanced === undefined ? String(status) : `${status} ${enhanced}`;
}

function isOfCertificate(code: string | undefined, error: unknown): boolean {
  const inner = error instanceof Error ? error.cause : undefined;
  const codes = [code, textIn(inner, 'code'), error instanceof Error ? error.message : ''];
  return codes.some((one) => /CERT|SELF_SIGNED|self-signed|certificate/.test(one ?? ''));
}

function textIn(value: unknown, field: string): string | undefined {
  const found: unknown = isObject(value) ? Reflect.get(value, field) : undefined;
  return typeof found === 'string' ? found : undefined;
}

function numberIn(value: unknown, field: string): number | undefined {
  const found: unknown = isObject(value) ? Reflect.get(value, field) : undefined;
  return typeof found === 'number' ? found : undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
