import { Link } from '@tanstack/react-router';
import type { Key } from '../../api/types.js';
import { keysText as text } from '../../messages/en/keys.js';
import { uiText } from '../../messages/en/ui.js';
import { Tag } from '../../ui/badge.js';
import type { Column } from '../../ui/table.js';
import { Time } from '../../ui/time.js';
import { KeyState } from './key-state.js';
import css from './keys.module.css';
import type { KeysSearch, Order } from './search.js';
import type { Selection } from './selection.js';

interface ColumnsProps {
  readonly keys: readonly Key[];
  readonly selection: Selection | undefined;
  readonly search: KeysSearch;
  readonly onChange: (change: KeysSearch) => void;
}

/** What is shown of each key. */
export function columnsOf(props: ColumnsProps): readonly Column<Key>[] {
  const { keys, selection, search, onChange } = props;
  const sortBy = (order: Order) => sortOf(order, search, onChange);
  return [
    ...(selection === undefined ? [] : [selectColumn(keys, selection)]),
    {
      id: 'name',
      title: text.columns.name,
      sort: sortBy('name'),
      cell: ({ id, name, secrets }) => (
        <span className={css['name']}>
          <Link to="/keys/$id" params={{ id }}>
            {name}
          </Link>
          <span className={css['hint']}>{hintOf(secrets)}</span>
        </span>
      ),
    },
    {
      id: 'owner',
      title: text.columns.owner,
      isWideOnly: true,
      cell: ({ owner }) =>
        owner === null ? (
          uiText.none
        ) : (
          <button
            type="button"
            className={css['quietLink']}
            onClick={() => onChange({ owner })}
            title={text.filterOwner(owner)}
          >
            {owner}
          </button>
        ),
    },
    { id: 'state', title: text.columns.state, cell: (key) => <KeyState keyShown={key} /> },
    {
      id: 'tags',
      title: text.columns.tags,
      isWideOnly: true,
      cell: ({ tags }) => (
        <span className={css['tags']}>
          {tags.map((tag) => (
            <Tag key={tag}>{tag}</Tag>
          ))}
        </span>
      ),
    },
    ...timeColumns(sortBy),
  ];
}

type Sort = NonNullable<Column<Key>['sort']>;

/** By a column: up first, of times the latest first; pressed again, the other way round. */
function sortOf(order: Order, search: KeysSearch, onChange: ColumnsProps['onChange']): Sort {
  const { sort = '-createdAt' } = search;
  const first = order === 'name' || order === 'expiresAt' ? order : (`-${order}` as const);
  const second = first === order ? (`-${order}` as const) : order;
  const isBy = sort === order ? 'up' : sort === `-${order}` ? 'down' : undefined;
  return { isBy, onSort: () => onChange({ sort: sort === first ? second : first }) };
}

function timeColumns(sortBy: (order: Order) => Sort): readonly Column<Key>[] {
  const when = (at: string | null, otherwise?: string) => (
    <span className={css['when']}>
      <Time at={at} as="ago" {...(otherwise !== undefined && { otherwise })} />
    </span>
  );
  return [
    {
      id: 'used',
      title: text.columns.lastUsed,
      sort: sortBy('lastUsedAt'),
      isWideOnly: true,
      cell: ({ lastUsedAt }) => when(lastUsedAt),
    },
    {
      id: 'expires',
      title: text.columns.expires,
      sort: sortBy('expiresAt'),
      isWideOnly: true,
      cell: ({ expiresAt }) => when(expiresAt, text.noExpiry),
    },
    {
      id: 'created',
      title: text.columns.created,
      sort: sortBy('createdAt'),
      isWideOnly: true,
      cell: ({ createdAt }) => when(createdAt),
    },
  ];
}

function selectColumn(keys: readonly Key[], { ids, toggle, set }: Selection): Column<Key> {
  const isAll = keys.length > 0 && keys.every(({ id }) => ids.has(id));
  return {
    id: 'select',
    title: (
      <input
        type="checkbox"
        className={css['box']}
        aria-label={uiText.selectAll}
        disabled={keys.length === 0}
        checked={isAll}
        onChange={() => set(isAll ? [] : keys.map(({ id }) => id))}
      />
    ),
    cell: ({ id, name }) => (
      <input
        type="checkbox"
        className={css['box']}
        aria-label={uiText.selectOne(name)}
        checked={ids.has(id)}
        onChange={() => toggle(id)}
      />
    ),
  };
}

function hintOf(secrets: Key['secrets']): string {
  const shown = secrets.find(({ state }) => state === 'current') ?? secrets.at(-1);
  return shown === undefined ? '' : `${shown.hint}…`;
}
