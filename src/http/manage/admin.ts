import Type from 'typebox';
import { NotFoundError } from '../../errors.js';
import { headerOf } from '../../sender.js';
import { type AdminFile, type AdminFiles, adminFilesAt } from '../admin-files.js';
import type { Arrival } from '../arrival.js';
import { isKnown, KEPT_FOR_EVER } from '../caching.js';
import { html, MEDIA, PAGE_HEADERS, page } from '../html.js';
import { type AnswerShape, defineRoute, NO_FIELDS, type Route, type Said } from '../route.js';

const PAGE: AnswerShape = { kind: 'text', mediaType: MEDIA.page, what: 'The page.' };
const FILE: AnswerShape = { kind: 'text', mediaType: MEDIA.script, what: 'The file.' };
const UNCHANGED: AnswerShape = { kind: 'empty', what: 'It is as If-None-Match has it.' };
// Filters and the like, which the page itself reads. Nothing here does.
const ANY_FIELDS = Type.Object({});
const PAGE_NAME = /^[a-z][a-z-]{0,63}$/; // Which there are, the page itself knows.
const ADDRESSES = ['', '/{page}', '/{page}/{thing}', '/{page}/{thing}/{part}'];

/**
 * The admin pages: one page without data for every address below `/admin`, and what it loads. What
 * it shows it asks of the routes of this table, with the rights of whoever looks at it.
 * @public
 */
export function adminRoutes(files: AdminFiles = adminFilesAt()): readonly Route[] {
  const shellRoutes = ADDRESSES.map((path, depth) =>
    defineRoute({
      method: 'GET',
      path: `/admin${path}`,
      access: 'public',
      summary: 'The admin pages.',
      body: NO_FIELDS,
      query: ANY_FIELDS,
      answers: { 200: PAGE, 304: UNCHANGED },
      async handle({ arrival, params }) {
        if (!PAGE_NAME.test(params['page'] ?? 'first')) throw new NotFoundError('No such page.');
        const shell = await files.shell(depth);
        return shell === undefined ? sayNotBuilt(depth) : sayFile(shell, arrival, 'no-cache');
      },
    }),
  );
  const assetRoute = defineRoute({
    method: 'GET',
    path: '/admin/assets/{file}',
    access: 'public',
    summary: 'What the admin pages load.',
    body: NO_FIELDS,
    query: NO_FIELDS,
    answers: { 200: FILE, 304: UNCHANGED },
    async handle({ arrival, params }) {
      const accepted = headerOf(arrival.headers, 'accept-encoding') ?? '';
      const file = await files.asset(params['file'] ?? '', accepted);
      if (file === undefined) throw new NotFoundError('There is no such file.');
      return sayFile(file, arrival, KEPT_FOR_EVER);
    },
  });
  return [...shellRoutes, assetRoute];
}

function sayFile(file: AdminFile, { headers }: Arrival, cacheControl: string): Said {
  const { bytes, mediaType, coding, etag } = file;
  const kept = { ...PAGE_HEADERS, 'cache-control': cacheControl, vary: 'accept-encoding', etag };
  if (isKnown(headerOf(headers, 'if-none-match'), etag)) return { status: 304, headers: kept };
  const encoding = coding === undefined ? {} : { 'content-encoding': coding };
  return { status: 200, bytes, headers: { ...kept, ...encoding, 'content-type': mediaType } };
}

function sayNotBuilt(depth: number): Said {
  const style = `${'../'.repeat(depth)}docs/style.css`;
  const body = html`<h1>The admin pages are no part of this build</h1>
<p>In a clone, <code>npm run build</code> builds them; then start the server again.</p>`;
  return { status: 200, text: page('Keyturn', body, { style }), headers: PAGE_HEADERS };
}
