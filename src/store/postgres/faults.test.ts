import { describe, expect, test } from 'vitest';
import { postgresFault } from './faults.js';

const WHERE = 'postgres://keyturn@db.example/keyturn';

/** A fault as the driver throws it. */
function faultOf(state: string, message: string): Error {
  return postgresFault(
    Object.assign(new Error(message), { code: state, severity: 'FATAL' }),
    WHERE,
  );
}

describe('a PostgreSQL that cannot serve is unavailable, and says why', () => {
  test.each([
    ['08004', 'server rejected the connection'],
    ['08P01', 'no such database: keyturn'],
    ['53300', 'sorry, too many clients already'],
    ['53200', 'out of memory'],
    ['55000', 'database "keyturn" is not currently accepting connections'],
    ['55006', 'database "keyturn" is being accessed by other users'],
    ['57P01', 'terminating connection due to administrator command'],
    ['57P03', 'the database system is starting up'],
    ['58030', 'could not read file "base/1/2": Input/output error'],
  ])('%s', (state, message) => {
    expect(faultOf(state, message)).toMatchObject({
      code: 'store_unavailable',
      message: `PostgreSQL at ${WHERE} cannot serve now: ${message}. Mend that, or wait for it, then try again.`,
    });
  });

  test('a reason is one line, and no longer than a sentence', () => {
    const { message } = faultOf('58000', `first\n\u001b[2Jsecond ${'x'.repeat(500)}`);
    expect(message).toContain('cannot serve now: first [2Jsecond x');
    expect(message).not.toMatch(/\p{Cc}/u);
    expect(message.length).toBeLessThan(400);
  });

  test('what a fault of its own says is not repeated, for it may hold anything', () => {
    const fault = faultOf('XX000', 'unexpected value canary');
    expect(fault).toMatchObject({ code: 'store_unavailable' });
    expect(fault.message).not.toContain('canary');
  });

  test('damage is no passing fault, and a wrong statement is a defect', () => {
    expect(faultOf('XX001', 'invalid page')).toMatchObject({ code: 'store_corrupt' });
    expect(faultOf('42601', 'syntax error')).toMatchObject({ code: 'internal' });
    expect(faultOf('22P02', 'invalid input syntax: "canary"')).toMatchObject({ code: 'internal' });
  });
});
