import { keysText as text } from '../../messages/en/keys.js';
import { Button } from '../../ui/button.js';
import { Check, Select } from '../../ui/field.js';
import { Icon } from '../../ui/icon.js';
import { SearchInput } from '../../ui/search-input.js';
import css from './keys.module.css';
import { type KeysSearch, STATES } from './search.js';

const STATE_OPTIONS = [
  { value: '', label: text.anyState },
  ...STATES.map((value) => ({ value, label: text.states[value] })),
];
const ENVIRONMENT_OPTIONS = [
  { value: '', label: text.anyEnvironment },
  { value: 'live', label: text.live },
  { value: 'test', label: text.test },
];

interface FiltersProps {
  readonly search: KeysSearch;
  /** Shows the list from its start, as looked for. */
  readonly onChange: (change: KeysSearch) => void;
  readonly onClear: () => void;
}

/** What is looked for. */
export function Filters({ search, onChange, onClear }: FiltersProps) {
  return (
    <search className={css['filters']}>
      <SearchInput
        label={text.search}
        hint={text.searchHint}
        value={search.search}
        onChange={(next) => onChange({ search: next })}
        isFirst
      />
      <div className={css['choice']}>
        <Select
          aria-label={text.state}
          options={STATE_OPTIONS}
          value={search.state ?? ''}
          onChange={({ target }) => onChange({ state: STATES.find((one) => one === target.value) })}
        />
      </div>
      <div className={css['choice']}>
        <Select
          aria-label={text.environment}
          options={ENVIRONMENT_OPTIONS}
          value={search.environment ?? ''}
          onChange={({ target: { value } }) =>
            onChange({ environment: value === 'live' || value === 'test' ? value : undefined })
          }
        />
      </div>
      <div className={css['flag']}>
        <Check
          label={text.pastPolicy}
          checked={search.pastPolicy === true}
          onChange={({ target }) => onChange({ pastPolicy: target.checked || undefined })}
        />
      </div>
      <Chips search={search} onChange={onChange} />
      {isNarrowed(search) && (
        <Button look="quiet" isSmall onClick={onClear}>
          {text.clear}
        </Button>
      )}
    </search>
  );
}

/** Whether anything but the whole list is looked for. */
export function isNarrowed({ cursor: _, sort: __, ...filters }: KeysSearch): boolean {
  return Object.values(filters).some((value) => value !== undefined);
}

/** Filters that a click on something in the list has set. */
function Chips({ search, onChange }: Pick<FiltersProps, 'search' | 'onChange'>) {
  const { owner, tag, policy, keyspace } = search;
  const chips = [
    owner !== undefined && { said: text.filterOwner(owner), change: { owner: undefined } },
    tag !== undefined && { said: text.filterTag(tag), change: { tag: undefined } },
    policy !== undefined && { said: text.filterPolicy(policy), change: { policy: undefined } },
    keyspace !== undefined && {
      said: text.filterKeyspace(keyspace),
      change: { keyspace: undefined },
    },
  ].filter((chip) => chip !== false);
  return chips.map(({ said, change }) => (
    <button
      key={said}
      type="button"
      className={css['chip']}
      aria-label={text.removeFilter(said)}
      onClick={() => onChange(change)}
    >
      {said}
      <Icon name="close" size={14} />
    </button>
  ));
}
