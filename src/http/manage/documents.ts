import Type from 'typebox';
import { NotFoundError } from '../../errors.js';
import type { Keyturn } from '../../public.js';
import { headerOf } from '../../sender.js';
import type { Arrival } from '../arrival.js';
import { isKnown, KEPT_FOR_EVER } from '../caching.js';
import { codePage, docsPage } from '../docs.js';
import { MEDIA, PAGE_HEADERS, STYLE } from '../html.js';
import { openApiOf } from '../openapi.js';
import { type AnswerShape, defineRoute, NO_FIELDS, type Route, type Said } from '../route.js';
import { type Site, type SiteFile, siteAt } from '../site.js';

const PAGE: AnswerShape = { kind: 'text', mediaType: MEDIA.page, what: 'The page.' };
const UNCHANGED: AnswerShape = { kind: 'empty', what: 'It is as If-None-Match has it.' };
const MISSING: AnswerShape = { kind: 'text', mediaType: MEDIA.page, what: 'There is none.' };
const ANSWERS = { 200: PAGE, 304: UNCHANGED, 404: MISSING } as const;
const nothing = { body: NO_FIELDS, query: NO_FIELDS } as const;
// Its own style, scripts and icon; `connect-src` is for the index of its search.
const SITE_HEADERS = {
  ...PAGE_HEADERS,
  'content-security-policy': `${PAGE_HEADERS['content-security-policy']}; img-src 'self'`,
} as const;

/**
 * The API's own description, for programs and for people, and the documentation's site. Where the
 * site was not built, the pages that are made from the table of routes stand in for it.
 * @public
 */
export function documentRoutes(
  table: () => readonly Route[],
  site: Site = siteAt(),
): readonly Route[] {
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
      summary: 'The documentation.',
      ...nothing,
      answers: { 200: PAGE, 304: UNCHANGED },
      async handle({ keyturn, arrival }) {
        const file = await site.file('');
        return file === undefined ? sayPage(pageOf(keyturn)) : sayFile(file, arrival);
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/docs/style.css',
      access: 'public',
      summary: "The style sheet of the server's own pages.",
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
      answers: ANSWERS,
      async handle({ keyturn, arrival, params }) {
        const code = params['code'] ?? '';
        const file = await site.file(`codes/${code}`);
        if (file !== undefined) return sayFile(file, arrival);
        const text = codePage(code, keyturn);
        return text === undefined ? sayMissing(site, `codes/${code}`, arrival) : sayPage(text);
      },
    }),
    ...siteRoutes(site),
  ];
}

/** The site is two folders deep at most; its build refuses a page that lies deeper. */
function siteRoutes(site: Site): readonly Route[] {
  return ['/docs/{section}', '/docs/{section}/{page}'].map((path) =>
    defineRoute({
      method: 'GET',
      path,
      access: 'public',
      summary: 'A page of the documentation, or what belongs to one.',
      ...nothing,
      answers: ANSWERS,
      async handle({ arrival, params }) {
        const { section = '', page } = params;
        const address = page === undefined ? section : `${section}/${page}`;
        const file = await site.file(address);
        return file === undefined ? sayMissing(site, address, arrival) : sayFile(file, arrival);
      },
    }),
  );
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

function sayPage(text: string): Said {
  return { status: 200, text, headers: PAGE_HEADERS };
}

/** A page is asked for anew each time, and answered by 304 while it is the same. */
function sayFile({ bytes, mediaType, etag, isAsset }: SiteFile, { headers }: Arrival): Said {
  const cacheControl = isAsset ? KEPT_FOR_EVER : 'no-cache';
  const kept = { ...SITE_HEADERS, 'cache-control': cacheControl, etag };
  if (isKnown(headerOf(headers, 'if-none-match'), etag)) return { status: 304, headers: kept };
  return { status: 200, bytes, headers: { ...kept, 'content-type': mediaType } };
}

/**
 * A page for whoever looks at pages.
 * @throws {NotFoundError} for programs, and where the site was not built.
 */
async function sayMissing(site: Site, address: string, { headers }: Arrival): Promise<Said> {
  const isForPeople = headerOf(headers, 'accept')?.includes('text/html') ?? false;
  const file = isForPeople ? await site.missing(address) : undefined;
  if (file === undefined) throw new NotFoundError('There is no such page.');
  return { status: 404, bytes: file.bytes, headers: SITE_HEADERS };
}
