import { useQuery } from '@tanstack/react-query';
import { keyspacesQuery } from '../../api/keyspaces.js';
import { auditText as text } from '../../messages/en/audit.js';
import { useCan } from '../../session/use-session.js';
import { Button } from '../../ui/button.js';
import { Select } from '../../ui/field.js';
import { SearchInput } from '../../ui/search-input.js';
import css from './audit.module.css';
import { type AuditSearch, PERIODS } from './search.js';

const PERIOD_OPTIONS = [
  { value: '', label: text.anyTime },
  ...PERIODS.map((value) => ({ value, label: text.periods[value] })),
];

interface FiltersProps {
  readonly search: AuditSearch;
  readonly onChange: (change: AuditSearch) => void;
  readonly onClear: () => void;
}

/** Which events are looked for. */
export function Filters({ search, onChange, onClear }: FiltersProps) {
  const can = useCan();
  const { data } = useQuery({ ...keyspacesQuery, enabled: can('keyspaces:read') });
  const keyspaces = [
    { value: '', label: text.everyKeyspace },
    ...(data?.items ?? []).map(({ name }) => ({ value: name, label: name })),
  ];
  const isNarrowed = Object.values(search).some((value) => value !== undefined);
  return (
    <search className={css['filters']}>
      <SearchInput
        label={text.type}
        hint={text.typeHint}
        value={search.type}
        onChange={(type) => onChange({ type })}
        isFirst
      />
      <SearchInput
        label={text.subjectField}
        hint={text.subjectField}
        value={search.subject}
        onChange={(subject) => onChange({ subject })}
      />
      <Select
        aria-label={text.since}
        options={PERIOD_OPTIONS}
        value={search.from ?? ''}
        onChange={({ target }) => onChange({ from: PERIODS.find((one) => one === target.value) })}
      />
      <Select
        aria-label={text.keyspace}
        options={keyspaces}
        value={search.keyspace ?? ''}
        onChange={({ target }) => onChange({ keyspace: target.value || undefined })}
      />
      {isNarrowed && (
        <Button look="quiet" isSmall onClick={onClear}>
          {text.clear}
        </Button>
      )}
    </search>
  );
}
