import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { keyspacesQuery } from '../../api/keyspaces.js';
import { queryClient } from '../../api/queries.js';
import { createText as text } from '../../messages/en/create.js';
import { keyText } from '../../messages/en/key.js';
import { keyFormText } from '../../messages/en/key-form.js';
import { keysText } from '../../messages/en/keys.js';
import { uiText } from '../../messages/en/ui.js';
import { useCan } from '../../session/use-session.js';
import { Button, buttonClass } from '../../ui/button.js';
import { FaultNote } from '../../ui/fault-note.js';
import { SelectField } from '../../ui/field.js';
import { Icon } from '../../ui/icon.js';
import { backClass, Card, Page } from '../../ui/page.js';
import { tell } from '../../ui/toasts.js';
import { KeyFields } from '../act/key-fields.js';
import { EMPTY_FORM, fieldsOf, isReadable } from '../act/key-form.js';
import { type Given, Once } from '../once/once.js';
import css from './create.module.css';
import { createKey, type Wish } from './create-key.js';
import { HandOver } from './hand-over.js';

const ENVIRONMENTS = [
  { value: 'live', label: keysText.live },
  { value: 'test', label: keysText.test },
];

/** Makes a key, and shows its secret, once. */
export function CreatePage() {
  const [made, setMade] = useState<{ readonly id: string; readonly given: Given }>();
  const navigate = useNavigate();
  const back = (
    <Link to="/keys" className={backClass}>
      <Icon name="chevronLeft" size={14} />
      {keyText.back}
    </Link>
  );
  const show = (id: string) => void navigate({ to: '/keys/$id', params: { id } });
  const hear = (id: string, given: Given) => {
    if (given.plaintext === undefined && given.claim === undefined) show(id);
    else setMade({ id, given });
  };
  const letGo = () => {
    const id = made?.id;
    setMade(undefined);
    if (id !== undefined) setTimeout(() => show(id)); // Once nothing is shown that would be lost.
  };
  return (
    <Page title={text.title} said={text.said} back={back}>
      <div className={css['narrow']}>
        <Form onMade={hear} />
      </div>
      <Once given={made?.given} onStored={letGo} />
    </Page>
  );
}

function Form({ onMade }: { readonly onMade: (id: string, given: Given) => void }) {
  const [form, setForm] = useState(EMPTY_FORM);
  const [wish, setWish] = useState<Wish>({ environment: 'live', keyspace: '', by: 'answer' });
  const [fault, setFault] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const change = (next: Partial<Wish>) => setWish((before) => ({ ...before, ...next }));
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setFault(undefined);
    try {
      const { id, given } = await createKey(fieldsOf(form, EMPTY_FORM), form.name.trim(), wish);
      tell(text.created(form.name.trim()));
      void queryClient.invalidateQueries({ queryKey: ['keys'] });
      onMade(id, given);
    } catch (error) {
      setFault(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form onSubmit={submit} className={css['form']}>
      <Card>
        <div className={css['form']}>
          <KeyFields form={form} onChange={setForm} fault={fault} />
          <KeyspaceField value={wish.keyspace} onChange={(keyspace) => change({ keyspace })} />
          <SelectField
            label={keyFormText.environment}
            options={ENVIRONMENTS}
            value={wish.environment}
            onChange={({ target: { value } }) =>
              change({ environment: value === 'test' ? 'test' : 'live' })
            }
          />
        </div>
      </Card>
      <Card title={text.handOver}>
        <HandOver by={wish.by} onChange={(by) => change({ by })} />
      </Card>
      {fault !== undefined && <FaultNote error={fault} />}
      <div className={css['acts']}>
        <Link to="/keys" className={buttonClass('plain')}>
          {uiText.cancel}
        </Link>
        <Button type="submit" look="main" isBusy={isBusy} disabled={!isReadable(form)}>
          {text.create}
        </Button>
      </div>
    </form>
  );
}

/** Shown where there is a choice. */
function KeyspaceField(props: { value: string; onChange: (value: string) => void }) {
  const can = useCan();
  const { data } = useQuery({ ...keyspacesQuery, enabled: can('keyspaces:read') });
  const names = (data?.items ?? []).map(({ name }) => name);
  if (names.length < 2) return null;
  const { value, onChange } = props;
  const first = names.includes('default') ? 'default' : (names[0] ?? '');
  return (
    <SelectField
      label={keyFormText.keyspace}
      options={names.map((name) => ({ value: name, label: name }))}
      value={value === '' ? first : value}
      onChange={({ target }) => onChange(target.value)}
    />
  );
}
