import type { TSchema } from 'typebox';
import { IsObject, IsOptional } from 'typebox/type';
import type { Keyturn } from '../public.js';
import type { RefusalCode } from '../verdict.js';
import { FAULTS, REFUSAL_TODO } from './codes.js';
import { wanted } from './faults.js';
import { type Html, html, page } from './html.js';
import type { Route } from './route.js';

/** What a code means and what to do about it. */
interface CodeText {
  readonly code: string;
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly todo: string;
}

/** Every code an answer can carry: refusals of a credential first, in their order. */
function codeTexts(keyturn: Pick<Keyturn, 'refusalAnswer'>): readonly CodeText[] {
  const refusals = Object.entries(REFUSAL_TODO).map(([code, todo]) => {
    const { status, body } = keyturn.refusalAnswer({ valid: false, code: refusalCodeOf(code) });
    const { title, detail } = JSON.parse(body);
    return { code, status, title: String(title), detail: String(detail), todo };
  });
  const faults = Object.entries(FAULTS).map(([code, { status, title, detail, todo }]) => {
    const said = detail ?? 'The answer itself says what is wrong.';
    return { code, status, title, detail: said, todo };
  });
  return [...refusals, ...faults];
}

/** The reference, as a page: what there is where the documentation's site was not built. */
export function docsPage(
  routes: readonly Route[],
  keyturn: Pick<Keyturn, 'refusalAnswer'>,
): string {
  const body = html`<h1>Keyturn HTTP API</h1>
<p>Callers send a management key as <code>Authorization: Api-Key …</code>,
<code>Authorization: Bearer …</code> or <code>X-API-Key: …</code>. The whole description for
programs is <a href="openapi.json">openapi.json</a>.</p>
<p>The guides are no part of this build. In a clone, <code>npm run docs:site</code> builds them; then
start the server again.</p>
<h2>Routes</h2>
${routes.map(routeSection)}
<h2>Codes</h2>
<p>A refused request answers <code>application/problem+json</code> (RFC 9457) with a
<code>code</code>.</p>
<table><thead><tr><th>Code</th><th>Status</th><th>Meaning</th></tr></thead><tbody>
${codeTexts(keyturn).map(codeRow)}
</tbody></table>`;
  return page('Keyturn HTTP API', body, { style: 'docs/style.css' });
}

/** One code's page; undefined if there is no such code. */
export function codePage(
  code: string,
  keyturn: Pick<Keyturn, 'refusalAnswer'>,
): string | undefined {
  const text = codeTexts(keyturn).find((known) => known.code === code);
  if (text === undefined) return undefined;
  const body = html`<h1>${text.title}</h1>
<p><code>${text.code}</code>, HTTP status ${text.status}</p>
<p>${text.detail}</p>
<h2>What to do</h2>
<p>${text.todo}</p>
<p><a href="../../docs">All routes and codes</a></p>`;
  return page(text.title, body, { style: '../style.css' });
}

function routeSection(route: Route): Html {
  const fields = [...fieldRows('query', route.query), ...fieldRows('body', route.body)];
  const table = html`<table><thead><tr><th>Field</th><th>In</th><th>What</th></tr></thead><tbody>
${fields}
</tbody></table>`;
  return html`<h3><code>${route.method} ${route.path}</code></h3>
<p>${route.summary} ${accessText(route)}</p>
${fields.length === 0 ? html`` : table}
<p>Answers ${Object.entries(route.answers).map(([status, shape]) => html`${status}: ${shape.what} `)}
${route.problems.length === 0 ? html`` : html`Refusals: ${route.problems.join(', ')}.`}</p>
`;
}

function accessText({ access }: Route): Html {
  if (access === 'public') return html`Open to all.`;
  if (access === 'self') return html`Takes the key itself, of any keyspace.`;
  return html`Needs the scope <code>${access}</code>.`;
}

function fieldRows(place: string, schema: TSchema): readonly Html[] {
  const properties = IsObject(schema) ? Object.entries(schema.properties) : [];
  return properties.map(([name, property]) => {
    const need = IsOptional(property) ? 'optional' : 'required';
    return html`<tr><td><code>${name}</code></td><td>${place}, ${need}</td><td>${wanted(property)}</td></tr>
`;
  });
}

function codeRow({ code, status, title }: CodeText): Html {
  return html`<tr><td><a href="docs/codes/${code}"><code>${code}</code></a></td><td>${status}</td><td>${title}</td></tr>
`;
}

function refusalCodeOf(code: string): RefusalCode {
  const known = Object.keys(REFUSAL_TODO).find(
    (name): name is keyof typeof REFUSAL_TODO => name === code,
  );
  return known ?? 'unknown';
}
