import { NotFoundError } from '../errors.js';
import { KEY_ORDERS } from '../key-orders.js';
import type { Key, KeyQuery, Secret } from '../views.js';
import { readKey } from './ask.js';
import { withSession } from './connect.js';
import { EXIT, type ExitCode, UsageFault } from './fault.js';
import { type Invocation, type Options, operandOf } from './invocation.js';
import { whereTyped } from './next-step.js';
import type { Column } from './output.js';
import { showList } from './pages.js';

const COLUMNS: readonly Column<Key>[] = [
  { title: 'ID', value: (key) => key.id },
  { title: 'NAME', value: (key) => key.name },
  { title: 'KEYSPACE', value: (key) => key.keyspace },
  { title: 'OWNER', value: (key) => key.owner ?? '' },
  { title: 'STATE', value: stateOf },
  { title: 'HINT', value: (key) => key.secrets.at(-1)?.hint ?? '' },
  { title: 'SCOPES', value: (key) => key.scopes.join(' ') },
  { title: 'LAST USED', value: (key) => key.lastUsedAt ?? 'never' },
];

function stateOf({ state, pastPolicySince }: Key): string {
  return pastPolicySince === null ? state : `${state}, past policy`;
}

/** `key list`. */
export async function listKeys(call: Invocation): Promise<undefined> {
  await showKeys(call, { ...filterFrom(call.options), search: call.options.text('search') });
}

/** `key find TEXT`, or `key find --secret`. */
export async function findKey(call: Invocation): Promise<ExitCode> {
  const [search] = call.operands;
  const isSecret = call.options.has('secret');
  if (isSecret === (search !== undefined)) {
    throw new UsageFault(
      isSecret
        ? 'A secret comes by standard input, never as an argument.'
        : 'Find by what? Give a part of a name, owner, hint, id or tag, or --secret.',
      { next: isSecret ? 'keyturn key find --secret < FILE' : undefined },
    );
  }
  if (isSecret) return await findBySecret(call);
  const count = await showKeys(call, { ...filterFrom(call.options), search });
  return count === 0 ? EXIT.refused : EXIT.done;
}

/** `key show ID`. */
export async function showKey(call: Invocation): Promise<undefined> {
  const key = await withSession(call, ({ keys }) => keys.get(operandOf(call)));
  if (call.out.isJson) await call.out.document(key);
  else await call.out.details(detailsOf(key));
}

function showKeys(call: Invocation, filter: KeyQuery): Promise<number> {
  return withSession(call, ({ keys }) =>
    showList(call, {
      columns: COLUMNS,
      list: (page) => keys.list({ ...filter, ...page }),
      none: `There is no such key. Make one: ${call.out.command(`keyturn key create${whereTyped(call.options)} --name NAME`)}`,
    }),
  );
}

/** A secret belongs to one key: what chooses among several would be passed over. */
const CHOOSING = [
  'keyspace',
  'owner',
  'tag',
  'policy',
  'pastPolicy',
  'sort',
  'state',
  'env',
  'limit',
  'cursor',
  'all',
];

/** `past-policy` of `pastPolicy`. */
const flagOf = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

async function findBySecret(call: Invocation): Promise<ExitCode> {
  const chosen = CHOOSING.filter((name) => call.options.all[name] !== undefined);
  if (chosen.length > 0) {
    const flags = chosen.map((name) => `--${flagOf(name)}`).join(' and ');
    throw new UsageFault(`A secret belongs to one key: with --secret, leave out ${flags}.`, {
      next: 'keyturn key find --secret < FILE',
    });
  }
  const plaintext = await readKey(call.streams);
  if (plaintext === '') {
    throw new UsageFault('Standard input is empty: there is no secret to look for.', {
      next: 'keyturn key find --secret < FILE',
    });
  }
  const found = await withSession(call, ({ keys }) => keys.find({ plaintext }));
  if (found === null) throw new NotFoundError('This is no secret of any key here.');
  if (call.out.isJson) await call.out.document(found);
  else await call.out.details([secretDetail(found.secret), ...detailsOf(found.key)]);
  return EXIT.done;
}

/** Which keys a command is for. */
export function filterFrom(options: Options): KeyQuery {
  const state = options.text('state');
  const environment = options.text('env');
  const sort = KEY_ORDERS.find((one) => one === options.text('sort'));
  return {
    keyspace: options.text('keyspace'),
    owner: options.text('owner'),
    tag: options.text('tag'),
    policy: options.text('policy'),
    ...(options.has('pastPolicy') ? { pastPolicy: true } : {}),
    ...(sort === undefined ? {} : { sort }),
    ...(isState(state) ? { state } : {}),
    ...(environment === 'live' || environment === 'test' ? { environment } : {}),
  };
}

function isState(text: string | undefined): text is Key['state'] {
  return text === 'active' || text === 'disabled' || text === 'expired' || text === 'revoked';
}

/** One key in full, a field a line; what is empty is left out. */
function detailsOf(key: Key): (readonly [string, string])[] {
  const reason = key.stateReason === null ? '' : `: ${key.stateReason}`;
  const state = `${key.state} since ${key.stateChangedAt} by ${key.stateChangedBy}${reason}`;
  const restrictions = Object.entries(key.restrictions).map(
    ([name, list]: [string, readonly string[]]) => [`only ${name}`, list.join(', ')] as const,
  );
  const fields: (readonly [string, string])[] = [
    ['id', key.id],
    ['name', key.name],
    ['keyspace', key.keyspace],
    ['owner', key.owner ?? ''],
    ['environment', key.environment],
    ['state', state],
    ['scopes', key.scopes.join(' ') || 'none: it may do nothing that asks for one'],
    ['tags', key.tags.join(' ')],
    ['not before', key.notBefore ?? ''],
    ['expires', key.expiresAt ?? 'never'],
    ['policy', key.policy ?? ''],
    ['past policy', key.pastPolicySince === null ? '' : `since ${key.pastPolicySince}`],
    ['next rotation', key.nextRotationAt ?? ''],
    ...restrictions,
    ['metadata', Object.keys(key.metadata).length === 0 ? '' : JSON.stringify(key.metadata)],
    ['last used', key.lastUsedAt ?? 'never'],
    ['created', key.createdAt],
    ['changed', key.updatedAt],
    ['version', String(key.version)],
    ...key.secrets.map(secretDetail),
  ];
  return fields.filter(([, value]) => value !== '');
}

function secretDetail(secret: Secret): readonly [string, string] {
  const { number, hint, state, createdAt, lastUsedAt } = secret;
  const used = `last used ${lastUsedAt ?? 'never'}`;
  return [`secret ${number}`, `${hint}… ${state}, created ${createdAt}, ${used}`];
}
