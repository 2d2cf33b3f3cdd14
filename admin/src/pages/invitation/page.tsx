import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useEffect, useState } from 'react';
import { api, said } from '../../api/client.js';
import { sessionText as text } from '../../messages/en/session.js';
import { Entry, entryForm } from '../../session/entry.js';
import { begin } from '../../session/view.js';
import { Button } from '../../ui/button.js';
import { FaultNote } from '../../ui/fault-note.js';
import { Field } from '../../ui/field.js';

const LEAST_LENGTH = 12;

/** Chooses a password for an account that somebody was invited to. */
export function InvitationPage() {
  const [token] = useState(() => location.hash.slice(1));
  useEffect(() => {
    // Not left in the address, nor in the history.
    history.replaceState(history.state, '', location.pathname);
  }, []);
  if (token === '') {
    return (
      <Entry title={text.invitationNone} said={text.invitationNoneSaid}>
        {null}
      </Entry>
    );
  }
  return (
    <Entry title={text.invitation} said={text.invitationSaid}>
      <Form token={token} />
    </Entry>
  );
}

function Form({ token }: { readonly token: string }) {
  const [form, setForm] = useState({ name: '', password: '', again: '' });
  const [fault, setFault] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const navigate = useNavigate();
  const { name, password, again } = form;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setFault(undefined);
    try {
      begin(await said(api.POST('/v1/invitation', { body: { token, name, password } })));
      await navigate({ to: '/', replace: true });
    } catch (error) {
      setFault(error);
      setBusy(false);
    }
  };
  const field = (of: keyof typeof form) => ({
    value: form[of],
    required: true,
    onChange: ({ target }: { target: { value: string } }) =>
      setForm((before) => ({ ...before, [of]: target.value })),
  });
  const isSame = again === '' || again === password;
  return (
    <form onSubmit={submit} className={entryForm}>
      <Field label={text.name} autoComplete="name" {...field('name')} />
      <Field
        label={text.newPassword}
        hint={text.newPasswordHint}
        type="password"
        autoComplete="new-password"
        minLength={LEAST_LENGTH}
        {...field('password')}
      />
      <Field
        label={text.again}
        type="password"
        autoComplete="new-password"
        fault={isSame ? undefined : text.notSame}
        {...field('again')}
      />
      {fault !== undefined && <FaultNote error={fault} />}
      <Button type="submit" look="main" isBusy={isBusy} disabled={again !== password}>
        {text.join}
      </Button>
    </form>
  );
}
