import sodium from 'libsodium-wrappers';
import { hasOnly, type Said, startVendor, TOKEN, UNWANTED, type Vendor } from './vendor.js';

// Strict server written from the documentation, not a real one. It opens the sealed boxes:
// https://docs.github.com/rest/actions/secrets
// https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
const FOLDERS = [
  '/repos/acme/api/actions/secrets',
  '/repos/acme/api/environments/prod%20eu/secrets',
  '/orgs/acme/actions/secrets',
];
const ORGANISATION = '/orgs/acme/actions/secrets';
const REPOSITORY_COUNT = 103; // More than a page.

export interface GitHub extends Vendor {
  /** By path. */
  readonly secrets: Map<string, Held>;
}

interface Held {
  readonly value: string;
  readonly visibility?: unknown;
  readonly repositories?: unknown;
  readonly updatedAt: string;
}

const notFound: Said = { status: 404, body: { message: 'Not Found' } };

export async function startGitHub(): Promise<GitHub> {
  await sodium.ready;
  const pair = sodium.crypto_box_keypair();
  const secrets = new Map<string, Held>();
  const path = `${FOLDERS[0]}/API_KEY`;
  let second = 0;
  const now = () => {
    second += 1;
    return `2026-11-27T00:${String(second).padStart(2, '0')}:00Z`;
  };
  const opened = (box: unknown) =>
    sodium.crypto_box_seal_open(
      Buffer.from(String(box), 'base64'),
      pair.publicKey,
      pair.privateKey,
      'text',
    );
  const vendor = await startVendor({
    rules: [
      ({ headers }, violate) => {
        if (headers['x-github-api-version'] !== '2022-11-28') violate('no X-GitHub-Api-Version');
        if (headers['user-agent'] === undefined) violate('no User-Agent');
        if (headers.authorization === `Bearer ${TOKEN}`) return undefined;
        return { status: 401, body: { message: 'Bad credentials' } };
      },
      ({ path: asked }) => {
        const folder = FOLDERS.find((one) => asked.startsWith(`${one}/`));
        if (folder === undefined) return notFound;
        if (asked !== `${folder}/public-key`) return undefined;
        const key = Buffer.from(pair.publicKey).toString('base64');
        return { status: 200, body: { key_id: 'key-7', key } };
      },
      ({ path: asked, query }) => {
        if (asked !== `${ORGANISATION}/API_KEY/repositories`) return undefined;
        const [page, size] = [Number(query.get('page')), Number(query.get('per_page'))];
        const all = Array.from({ length: REPOSITORY_COUNT }, (_, index) => ({ id: index + 1 }));
        return { status: 200, body: { repositories: all.slice((page - 1) * size, page * size) } };
      },
      ({ method, path: asked }) => {
        const held = secrets.get(asked);
        if (!asked.endsWith('/secrets/API_KEY')) return notFound;
        if (method !== 'GET') return undefined;
        if (held === undefined) return notFound;
        const { updatedAt: updated_at, visibility } = held;
        return { status: 200, body: { name: 'API_KEY', updated_at, visibility } };
      },
      ({ path: asked, json }, violate) => {
        const isOrganisation = asked.startsWith(ORGANISATION);
        const own = isOrganisation ? ['visibility', 'selected_repository_ids'] : [];
        if (!hasOnly(json, 'encrypted_value', 'key_id', ...own)) violate('an unknown field');
        if (isOrganisation && json['visibility'] === undefined) violate('no visibility');
        return json['key_id'] === 'key-7'
          ? undefined
          : { status: 422, body: { message: 'Bad key' } };
      },
      ({ path: asked, json }) => {
        const { visibility, selected_repository_ids: repositories } = json;
        const value = opened(json['encrypted_value']);
        if (value.includes(UNWANTED)) return { status: 422, body: { message: 'Too large' } };
        const status = secrets.has(asked) ? 204 : 201;
        secrets.set(asked, { value, visibility, repositories, updatedAt: now() });
        return { status };
      },
    ],
    isWrite: ({ method }) => method === 'PUT',
    throttled: {
      status: 403,
      headers: { 'retry-after': '7' },
      body: { message: 'You have exceeded a secondary rate limit.' },
    },
    down: { status: 503, body: { message: 'Unicorn' } },
    held: () => secrets.get(path)?.value,
    put: (value) => void secrets.set(path, { value, updatedAt: now() }),
  });
  return Object.assign(vendor, { secrets });
}
