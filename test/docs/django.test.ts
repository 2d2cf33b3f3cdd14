import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, type TestContext, test } from 'vitest';
import { Shell, textAt } from '../cli/command-line.js';
import { listen } from '../guards/hosts.js';
// Types what is injected.
import type {} from './built.js';
import { readPage } from './page.js';

// The permission class of the guide, in a real Django REST framework: Debian's own.
const PYTHON = '/usr/bin/python3';
const PACKAGE = 'python3-djangorestframework';

/** Answers each request of standard input, a line of JSON, by a line with status and body. */
const VIEWS = `
import json, sys
import django
from django.conf import settings
settings.configure(SECRET_KEY="x", ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, DATABASES={},
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "rest_framework"])
django.setup()
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

class Kim:
    is_authenticated = True

class Session(BaseAuthentication):
    def authenticate(self, request):
        return (Kim(), None) if request.headers.get("Cookie") == "session=kim" else None

class Projects(APIView):
    authentication_classes = [Session]
    permission_classes = [IsAuthenticated | HasAPIKey]
    def get(self, request):
        return Response({"owner": getattr(request, "key_owner", "a user")})
    post = get

for line in sys.stdin:
    asked = json.loads(line)
    headers = {"HTTP_" + name.upper().replace("-", "_"): value for name, value in asked["headers"].items()}
    method = getattr(APIRequestFactory(), asked.get("method", "get"))
    answer = Projects.as_view()(method("/projects/?a=1", REMOTE_ADDR=asked.get("address", "203.0.113.7"), **headers))
    print(json.dumps([answer.status_code, answer.data, answer.get("Retry-After")]), flush=True)
`;

interface Asked {
  readonly headers: Readonly<Record<string, string>>;
  readonly method?: 'get' | 'post';
  readonly address?: string;
}

let shell: Shell;
let url: string;
beforeAll(async () => {
  shell = new Shell(join(inject('builtPackage'), 'dist/cli/main.js'));
  url = (await shell.serve(['--faces', 'authorize', '--trusted-hops', '1'])).url;
});
afterAll(() => shell.remove());

test('the permission class of the guide admits whom Keyturn admits, or who is signed in', async (ctx) => {
  djangoOrSkip(ctx);
  const good = await keyOf('--owner', 'Ümläut 7');
  const reader = await keyOf('--method', 'GET', '--address', '203.0.113.0/24');
  const revoked = await keyOf();
  await shell.run(['key', 'revoke', revoked.id, '--yes']);
  const cases: readonly (readonly [Asked, number, object?])[] = [
    [{ headers: { authorization: `Api-Key ${good.plaintext}` } }, 200, { owner: 'Ümläut 7' }],
    [{ headers: { 'x-api-key': good.plaintext } }, 200],
    [{ headers: { cookie: 'session=kim' } }, 200, { owner: 'a user' }],
    [{ headers: { cookie: 'session=kim', 'x-api-key': 'bad' } }, 200, { owner: 'a user' }],
    [{ headers: {} }, 403, { detail: 'Authentication credentials were not provided.' }],
    [{ headers: { 'x-api-key': revoked.plaintext } }, 403],
    [{ headers: { 'x-api-key': good.plaintext, authorization: 'Api-Key other' } }, 403],
    [{ headers: { 'x-api-key': reader.plaintext } }, 200],
    [{ headers: { 'x-api-key': reader.plaintext }, method: 'post' }, 403],
    [{ headers: { 'x-api-key': reader.plaintext }, address: '198.51.100.1' }, 403],
    // What a client says of itself reaches nobody.
    [
      {
        headers: { 'x-api-key': reader.plaintext, 'x-forwarded-for': '203.0.113.7' },
        address: '198.51.100.1',
      },
      403,
    ],
  ];
  const answers = await answersTo(
    url,
    cases.map(([asked]) => asked),
  );
  for (const [at, [asked, status, data]] of cases.entries()) {
    expect(answers[at]?.[0], JSON.stringify(asked)).toBe(status);
    if (data !== undefined) expect(answers[at]?.[1]).toMatchObject(data);
  }
});

test('where nobody knows whether a key is good, it is no refusal of the key', async (ctx) => {
  djangoOrSkip(ctx);
  const headers = { 'x-api-key': 'any' };
  for (const [status, wanted] of [
    [503, 503],
    [500, 503],
    [404, 503],
    [429, 429],
  ] as const) {
    const host = await listen((_request, response) => {
      response.writeHead(status, { 'retry-after': '7' }).end();
    });
    const [answer] = await answersTo(host.url, [{ headers }]);
    await host.close();
    expect(answer?.[0]).toBe(wanted);
    if (wanted === 429) expect(answer?.[2]).toBe('7');
  }
  const [away] = await answersTo('http://127.0.0.1:1', [{ headers }]);
  expect(away?.[0]).toBe(503);
});

function djangoOrSkip(ctx: Pick<TestContext, 'skip'>): void {
  const { status } = spawnSync(PYTHON, ['-c', 'import rest_framework']);
  if (status !== 0) ctx.skip(`No Django REST framework here: apt-get install ${PACKAGE}`);
}

async function keyOf(...options: readonly string[]) {
  const made = (await shell.run(['key', 'create', '--name', 'a', ...options, '--json'])).json();
  return { plaintext: textAt(made, 'plaintext'), id: textAt(made, 'key', 'id') };
}

/** What views with the class of the page answer, one after the other. */
async function answersTo(origin: string, asked: readonly Asked[]): Promise<readonly unknown[][]> {
  const { blocks } = readPage('docs/guides/from-djangorestframework-api-key.md');
  const text = blocks.find(({ words }) => words[0] === 'permissions.py')?.text ?? '';
  const permissions = text.replace('http://127.0.0.1:8787', origin);
  expect(permissions).toContain(`"${origin}/v1/authorize"`);
  // Django is set up before anything of it is imported.
  const [setUp = '', views = ''] = VIEWS.split(/(?<=django\.setup\(\)\n)/);
  const python = spawn(PYTHON, ['-c', setUp + permissions + views]);
  let [output, errors] = ['', ''];
  python.stdout.on('data', (chunk) => {
    output += chunk;
  });
  python.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  python.stdin.end(asked.map((one) => `${JSON.stringify(one)}\n`).join(''));
  await new Promise((resolve) => python.once('close', resolve));
  expect(errors.replaceAll(/^Forbidden: .*\n|^Service Unavailable: .*\n|^Too Many.*\n/gm, '')).toBe(
    '',
  );
  return output
    .trim()
    .split('\n')
    .map((line): unknown[] => JSON.parse(line));
}
