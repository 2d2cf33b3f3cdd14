import Type from 'typebox';
import { ForbiddenError, NotFoundError } from '../../errors.js';
import type { Keyturn } from '../../public.js';
import { codePage, docsPage } from '../docs.js';
import { MEDIA, PAGE_HEADERS, STYLE } from '../html.js';
import { METRICS_TYPE, metricsText } from '../metrics.js';
import { openApiOf } from '../openapi.js';
import { type AnswerShape, defineRoute, NO_FIELDS, type Route } from '../route.js';
import { closed, nullable } from '../schemas.js';

const PAGE: AnswerShape = { kind: 'text', mediaType: MEDIA.page, what: 'The page.' };
const READINESS = closed({ ready: Type.Boolean(), code: nullable(Type.String()) });
const nothing = { body: NO_FIELDS, query: NO_FIELDS } as const;

/**
 * Whether the server lives, may answer, and how it does.
 * @public
 */
export const healthRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    path: '/healthz',
    access: 'public',
    summary: 'Whether the process answers. Never asks the database.',
    ...nothing,
    answers: {
      200: { kind: 'json', schema: closed({ alive: Type.Literal(true) }), what: 'It does.' },
    },
    handle: () => ({ status: 200, value: { alive: true } }),
  }),
  defineRoute({
    method: 'GET',
    path: '/readyz',
    access: 'public',
    summary: 'Whether answers may be given now.',
    ...nothing,
    answers: {
      200: { kind: 'json', schema: READINESS, what: 'They may.' },
      503: { kind: 'json', schema: READINESS, what: 'They may not; the code says why.' },
    },
    async handle({ keyturn }) {
      const readiness = await keyturn.readiness();
      return { status: readiness.ready ? 200 : 503, value: readiness };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/metrics',
    access: 'metrics:read',
    summary: 'Figures in the Prometheus text format, of all keyspaces together.',
    ...nothing,
    answers: { 200: { kind: 'text', mediaType: METRICS_TYPE, what: 'The figures.' } },
    handle({ keyturn, counters, caller }) {
      if (caller?.key.restrictions.keyspaces !== undefined) {
        throw new ForbiddenError(
          'The figures are of all keyspaces. Use a management key that is bound to none.',
        );
      }
      const text = metricsText([...keyturn.metrics(), ...counters.samples()]);
      return { status: 200, text };
    },
  }),
];

/**
 * The API's own description, for programs and for people.
 * @public
 */
export function documentRoutes(table: () => readonly Route[]): readonly Route[] {
  const documentOf = onceFor((keyturn) => openApiOf(table(), keyturn.settings));
  const pageOf = onceFor((keyturn) => docsPage(table(), keyturn));
  return [
    defineRoute({
      method: 'GET',
      path: '/openapi.json',
      access: 'public',
      summary: 'This API as an OpenAPI 3.1 document.',
      ...nothing,
      answers: { 200: { kind: 'json', schema: Type.Unknown(), what: 'The document.' } },
      handle: ({ keyturn }) => ({ status: 200, value: documentOf(keyturn) }),
    }),
    defineRoute({
      method: 'GET',
      path: '/docs',
      access: 'public',
      summary: 'This API as a page.',
      ...nothing,
      answers: { 200: PAGE },
      handle: ({ keyturn }) => sayPage(pageOf(keyturn)),
    }),
    defineRoute({
      method: 'GET',
      path: '/docs/style.css',
      access: 'public',
      summary: "The pages' style sheet.",
      ...nothing,
      answers: { 200: { kind: 'text', mediaType: MEDIA.style, what: 'The style sheet.' } },
      handle: () => ({ status: 200, text: STYLE }),
    }),
    defineRoute({
      method: 'GET',
      path: '/docs/codes/{code}',
      access: 'public',
      summary: 'What a code means and what to do about it.',
      ...nothing,
      answers: { 200: PAGE },
      handle({ keyturn, params }) {
        const text = codePage(params['code'] ?? '', keyturn);
        if (text === undefined) throw new NotFoundError('There is no such code.');
        return sayPage(text);
      },
    }),
  ];
}

/** Made on first use, and again if the host says that it has mounted Keyturn elsewhere. */
function onceFor<Made>(make: (keyturn: Keyturn) => Made): (keyturn: Keyturn) => Made {
  const made = new WeakMap<Keyturn, { readonly basePath: string; readonly value: Made }>();
  return (keyturn) => {
    const { basePath } = keyturn.settings;
    const known = made.get(keyturn);
    if (known?.basePath === basePath) return known.value;
    const value = make(keyturn);
    made.set(keyturn, { basePath, value });
    return value;
  };
}

function sayPage(text: string) {
  return { status: 200, text, headers: PAGE_HEADERS };
}
