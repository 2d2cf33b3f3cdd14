import { format, inspect } from 'node:util';
import { expect, test } from 'vitest';
import { Plaintext } from './plaintext.js';

const SECRET = 'acme_live_0123456789ABCDEFGHIJKLMNOPQRSTUV4IG2In';

test('only reveal gives a plaintext away', () => {
  const plaintext = new Plaintext(SECRET);
  expect(plaintext.reveal()).toBe(SECRET);
  const shown = [
    String(plaintext),
    `${plaintext}`,
    `${[plaintext]}`,
    JSON.stringify({ plaintext }),
    inspect({ deep: { plaintext } }, { depth: 9, showHidden: true }),
    format('%s %o %j %O', plaintext, plaintext, plaintext, plaintext),
    JSON.stringify(structuredClone({ ...plaintext })),
    Object.keys(plaintext).join(),
    Object.getOwnPropertyNames(plaintext).join(),
    new Error('x', { cause: plaintext }).toString(),
    inspect(new Error('x', { cause: plaintext })),
    Object.entries(plaintext).join(),
  ];
  for (const text of shown) {
    expect(text).not.toContain('0123456789');
    expect(text).not.toContain('4IG2In');
  }
  expect(String(plaintext)).toBe('[redacted]');
  expect(JSON.stringify(plaintext)).toBe('"[redacted]"');
});
