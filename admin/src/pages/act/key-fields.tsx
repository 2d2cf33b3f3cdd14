import { useQuery } from '@tanstack/react-query';
import { api, said } from '../../api/client.js';
import { Fault } from '../../api/fault.js';
import { keyFormText as text } from '../../messages/en/key-form.js';
import { useCan } from '../../session/use-session.js';
import { AreaField, Field, SelectField } from '../../ui/field.js';
import css from './key-fields.module.css';
import { isReadable, type KeyForm } from './key-form.js';

interface KeyFieldsProps {
  readonly form: KeyForm;
  readonly onChange: (next: KeyForm) => void;
  /** Why the server did not take it. */
  readonly fault: unknown;
}

const MAIN = [
  { name: 'name', label: text.name, hint: text.nameHint },
  { name: 'owner', label: text.owner, hint: text.ownerHint },
  { name: 'scopes', label: text.scopes, hint: text.scopesHint },
  { name: 'expiresAt', label: text.expires, hint: text.expiresHint },
  { name: 'tags', label: text.tags, hint: text.tagsHint },
] as const;
const MORE = [
  { name: 'addresses', label: text.addresses, hint: text.addressesHint },
  { name: 'paths', label: text.paths, hint: text.pathsHint },
  { name: 'methods', label: text.methods, hint: undefined },
  { name: 'origins', label: text.origins, hint: text.originsHint },
] as const;

/**
 * The fields of a key that can be changed.
 * @public
 */
export function KeyFields({ form, onChange, fault }: KeyFieldsProps) {
  const field = (one: (typeof MAIN)[number] | (typeof MORE)[number]) => (
    <Field
      key={one.name}
      label={one.label}
      {...(one.hint !== undefined && { hint: one.hint })}
      isOptional={one.name !== 'name'}
      required={one.name === 'name'}
      value={form[one.name]}
      fault={faultAt(fault, one.name)}
      onChange={({ target }) => onChange({ ...form, [one.name]: target.value })}
    />
  );
  return (
    <>
      {MAIN.map(field)}
      <PolicyField
        value={form.policy}
        onChange={(policy) => onChange({ ...form, policy })}
        fault={faultAt(fault, 'policy')}
      />
      <details className={css['more']}>
        <summary>{text.more}</summary>
        <div className={css['fields']}>
          {MORE.map(field)}
          <AreaField
            label={text.metadata}
            hint={text.metadataHint}
            isOptional
            isMono
            value={form.metadata}
            fault={isReadable(form) ? faultAt(fault, 'metadata') : text.metadataFault}
            onChange={({ target }) => onChange({ ...form, metadata: target.value })}
          />
        </div>
      </details>
    </>
  );
}

function PolicyField(props: {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly fault: string | undefined;
}) {
  const { value, onChange, fault } = props;
  const can = useCan();
  const { data } = useQuery({
    queryKey: ['policies', 'names'],
    queryFn: ({ signal }) =>
      said(api.GET('/v1/policies', { params: { query: { limit: 200 } }, signal })),
    enabled: can('policies:read'),
  });
  const names = new Set([...(data?.items ?? []).map(({ name }) => name), value]);
  const options = [...names].filter((name) => name !== '' && name !== 'default');
  return (
    <SelectField
      label={text.policy}
      hint={text.policyHint}
      isOptional
      options={[
        { value: '', label: text.noPolicy },
        ...options.map((name) => ({ value: name, label: name })),
      ]}
      value={value}
      fault={fault}
      onChange={({ target }) => onChange(target.value)}
    />
  );
}

/** What the server says of a field, or of one inside it. */
function faultAt(fault: unknown, name: string): string | undefined {
  if (!(fault instanceof Fault)) return undefined;
  const found = fault.fields.find(({ pointer }) => pointer.split('/').includes(name));
  return found === undefined ? undefined : `${found.message} ${found.fix}`;
}
