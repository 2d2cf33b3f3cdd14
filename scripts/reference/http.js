// docs/reference/http.md, from the one table of routes.
import { built } from './built.js';
import { code, pageHead, paragraphs, table } from './markdown.js';
import { SchemaNames } from './schema-text.js';

/** @typedef {import('../../src/http/route.js').Route} Route */

const SECTIONS = [
  { title: 'Keys', begins: ['/v1/keys'] },
  { title: 'Checks', begins: ['/v1/keys/verify', '/v1/authorize'] },
  { title: 'The presented key itself', begins: ['/v1/self'] },
  { title: 'Keyspaces', begins: ['/v1/keyspaces'] },
  { title: 'Owners', begins: ['/v1/owners'] },
  {
    title: 'People and sessions',
    begins: ['/v1/people', '/v1/session', '/v1/sign-in', '/v1/invitation', '/v1/roles'],
  },
  { title: 'Events and usage', begins: ['/v1/events', '/v1/usage'] },
  { title: 'Service', begins: ['/'] },
];

const RULES = `Callers send a management key (keyspace \`keyturn\`, prefix \`kt\`) as \`Authorization: Api-Key …\`,
\`Authorization: Bearer …\` or \`X-API-Key: …\`. Bodies are JSON; an unknown field is refused and named, and so\nis one that is said twice.
Times are RFC 3339 in UTC, durations like \`90d\` or \`12h30m\`.

- A person who is signed in has a cookie instead, and the scopes of a role; a key beside it is refused. What
  changes something then has to come from a page of the server's own origin.
- A \`POST\` takes \`Idempotency-Key\` (1 to 255 printable characters, kept for 24 hours): the same call
  again gets the first answer, with \`replayed: true\` and without the plaintext. Of an owner nothing personal
  is kept for that: the answer is the owner as it is then.
- \`PATCH\` and \`DELETE\` take \`If-Match: <version>\`: 412 if someone changed it meanwhile. Answers that
  show one thing carry its version as \`ETag\`.
- An id or name in a path stands there as \`encodeURIComponent\` writes it: \`a/b\` is \`a%2Fb\`. There is no
  other spelling: \`a%2fb\` is 404.
- Lists take \`limit\` (1 to 200, default 50) and \`cursor\`, and answer \`{ items, nextCursor }\`.
- Every answer carries \`Request-Id\`. Everything that is no success is \`application/problem+json\`
  (RFC 9457); its codes stand in [errors](errors.md) and, for a refused key, in [codes](../codes/README.md).
- The same description for programs: \`GET /openapi.json\`, an OpenAPI 3.1 document.`;

/**
 * @returns {Promise<string>}
 * @public
 */
export async function httpReference() {
  /** @type {{ routes: readonly Route[] }} */
  const { routes } = await built('http/routes.js');
  const names = new SchemaNames(await built('http/schemas.js'));
  const sections = SECTIONS.map(({ title }, index) => {
    const own = routes.filter((route) => sectionOf(route) === index);
    return paragraphs(`## ${title}`, ...own.map((route) => routeText(route, names)));
  });
  const head = pageHead({
    title: 'HTTP API',
    source: 'src/http/routes.ts',
    promise:
      'After reading this you can call every route, and know what each may answer and to whom.',
  });
  return paragraphs(head, RULES, ...sections, '## Shapes', names.shapes());
}

/** The section whose beginning is the longest that fits.
 * @param {Route} route
 */
function sectionOf({ path }) {
  const fits = SECTIONS.map(({ begins }) =>
    Math.max(0, ...begins.filter((one) => path.startsWith(one)).map((one) => one.length)),
  );
  return fits.indexOf(Math.max(...fits));
}

/** @param {Route} route @param {SchemaNames} names */
function routeText(route, names) {
  const { method, path, summary, answers, problems } = route;
  const verb = method === 'ANY' ? 'Any method' : method;
  return paragraphs(
    `### ${verb} ${code(path)}`,
    `${summary} ${accessText(route)}`,
    table(['Field', 'In', 'Type', 'What'], fieldRows(route, names)),
    table(['Status', 'Answer'], answerRows(answers, names)),
    problems.length === 0 ? '' : `Refusals: ${problems.join(', ')}.`,
  );
}

/** @param {Route} route */
function accessText({ access, confirm }) {
  if (access === 'public') return 'Open to all.';
  if (access === 'self') return 'Takes the key itself, of any keyspace.';
  if (access === 'session') return 'For people who are signed in.';
  if (access === 'caller') return 'For people who are signed in, and for any management key.';
  const scope = `Needs the scope ${code(access)}.`;
  return confirm === true ? `${scope} A person proves first who it is.` : scope;
}

/** @param {Route} route @param {SchemaNames} names */
function fieldRows({ params, query, body }, names) {
  return [
    ...params.map((name) => [code(name), 'path', code('string'), '']),
    ...names.fieldsOf(query).map((field) => rowOf('query', field)),
    ...names.fieldsOf(body).map((field) => rowOf('body', field)),
  ];
}

/** @param {string} place @param {import('./schema-text.js').Field} field */
function rowOf(place, { name, type, isRequired, what }) {
  return [code(name), isRequired ? `${place}, required` : place, code(type), what];
}

/** @param {Route['answers']} answers @param {SchemaNames} names */
function answerRows(answers, names) {
  return Object.entries(answers).map(([status, shape]) => {
    if (shape.kind === 'json') return [status, `${shape.what} ${code(names.typeOf(shape.schema))}`];
    if (shape.kind === 'text') return [status, `${shape.what} ${code(shape.mediaType)}`];
    return [status, shape.what];
  });
}
