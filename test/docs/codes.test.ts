import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FAULTS, REFUSAL_TODO } from '../../src/http/codes.js';
import { createTestKeyturn, type TestKeyturn } from '../../src/testing.js';
import type { RefusalCode, Refused } from '../../src/verdict.js';
import { readPage, root } from './page.js';

// The compiler knows all of them: one that is missing here, or gone, does not compile.
const CODES: Readonly<Record<RefusalCode, Partial<Refused>>> = {
  ambiguous: {},
  missing: {},
  malformed: {},
  unknown: {},
  wrong_keyspace: {},
  revoked: {},
  expired: {},
  not_yet_valid: {},
  disabled: {},
  wrong_environment: {},
  address_denied: {},
  origin_denied: {},
  method_denied: {},
  path_denied: {},
  insufficient_scope: { scopes: ['reports:read'] },
  browned_out: { retryAfter: 1 },
  rate_limited: { retryAfter: 1 },
  unavailable: { retryAfter: 1 },
};
const codes = Object.keys(CODES).filter(isRefusalCode);

describe('the pages of the codes', () => {
  let keyturn: TestKeyturn;

  beforeAll(async () => {
    keyturn = await createTestKeyturn();
    keyturn.mountedAt(''); // The pages show what the server says.
  });
  afterAll(() => keyturn.close());

  test.each(codes)('%s has a page that shows its answer', (code) => {
    const answer = keyturn.refusalAnswer({ valid: false, code, ...CODES[code] });
    const [head = '', body = ''] = shownOn(`docs/codes/${code}.md`).split('\n\n');
    const [statusLine = '', ...headers] = head.split('\n');
    expect(statusLine.split(' ')[1]).toBe(String(answer.status));
    expect(headers.toSorted()).toEqual(headersOf(answer.headers));
    expect(JSON.parse(body)).toEqual(JSON.parse(answer.body));
  });

  test('the list of codes has them in the order in which they are decided', () => {
    const list = readPage('docs/codes/README.md').text;
    const listed = [...list.matchAll(/^\| \[`(\w+)`\]\((\w+)\.md\)/gm)].map((match) => match[1]);
    expect(listed).toEqual(codes);
  });

  test('every code that HTTP explains has a page, and every fault stands in the reference', () => {
    const errors = readFileSync(join(root, 'docs/reference/errors.md'), 'utf8');
    for (const code of Object.keys(REFUSAL_TODO)) {
      expect(existsSync(join(root, `docs/codes/${code}.md`)), code).toBe(true);
    }
    for (const code of Object.keys(FAULTS)) expect(errors).toContain(`\n## \`${code}\`\n`);
  });
});

function shownOn(path: string): string {
  const shown = readPage(path).blocks.find(({ language }) => language === 'http');
  if (shown === undefined) throw new Error(`${path} shows no answer.`);
  return shown.text;
}

function headersOf(headers: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}`)
    .toSorted();
}

function isRefusalCode(text: string): text is RefusalCode {
  return text in CODES;
}
