import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useRef, useState } from 'react';
import { base } from '../api/base.js';
import { api, said } from '../api/client.js';
import { Fault } from '../api/fault.js';
import { sessionText as text } from '../messages/en/session.js';
import { Button, buttonClass } from '../ui/button.js';
import { Empty } from '../ui/empty.js';
import { FaultNote } from '../ui/fault-note.js';
import { Field } from '../ui/field.js';
import { Bone, Loading } from '../ui/skeleton.js';
import css from './sign-in.module.css';
import { begin } from './view.js';

interface SignInFormProps {
  /** Where one was, below the base path. */
  readonly returnTo: string;
  readonly onDone: () => void;
}

/**
 * Every way to sign in that this installation knows.
 * @public
 */
export function SignInForm({ returnTo, onDone }: SignInFormProps) {
  const { data, error, refetch } = useQuery({
    queryKey: ['sign-in'],
    queryFn: ({ signal }) => said(api.GET('/v1/sign-in', { signal })),
  });
  if (error !== null) return <FaultNote error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Bones />;
  const others = [
    ...data.providers.map(({ id, name }) => ({
      id,
      label: text.with(name),
      url: providerUrl(id, { returnTo }),
    })),
    ...(data.host && data.signInUrl !== null
      ? [{ id: 'host', label: text.host, url: data.signInUrl }]
      : []),
  ];
  if (!data.password && others.length === 0) {
    return <Empty icon="user" title={text.nobody} said={text.nobodySaid} />;
  }
  return (
    <>
      {data.password && <PasswordForm onDone={onDone} />}
      {data.password && others.length > 0 && <p className={css['or']}>{text.or}</p>}
      <div className={css['ways']}>
        {others.map(({ id, label, url }) => (
          <a key={id} href={url} className={buttonClass('plain')}>
            {label}
          </a>
        ))}
      </div>
    </>
  );
}

/** Where a provider's sign-in begins. */
export function providerUrl(id: string, query: Readonly<Record<string, string>>): string {
  const url = new URL(`v1/sign-in/${encodeURIComponent(id)}`, base);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url.href;
}

function PasswordForm({ onDone }: { readonly onDone: () => void }) {
  const [fault, setFault] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setFault(undefined);
    try {
      const body = credentialsOf(new FormData(form.current ?? undefined));
      begin(await said(api.POST('/v1/sign-in', { body })));
      onDone();
    } catch (error) {
      setFault(error);
      form.current?.querySelector<HTMLInputElement>('[name="password"]')?.select();
    } finally {
      setBusy(false);
    }
  };
  const isRefused = fault instanceof Fault && fault.status === 401;
  return (
    <form ref={form} onSubmit={submit} className={css['form']}>
      <Field label={text.email} name="email" type="email" autoComplete="username" required />
      <Field
        label={text.password}
        name="password"
        type="password"
        autoComplete="current-password"
        required
        fault={isRefused ? text.refused : undefined}
      />
      {fault !== undefined && !isRefused && <FaultNote error={fault} />}
      <Button type="submit" look="main" isBusy={isBusy}>
        {text.signIn}
      </Button>
    </form>
  );
}

function credentialsOf(form: FormData): { email: string; password: string } {
  return { email: String(form.get('email')), password: String(form.get('password')) };
}

function Bones() {
  return (
    <div className={css['form']}>
      <Loading />
      <Bone size="short" />
      <Bone />
      <Bone size="short" />
      <Bone />
    </div>
  );
}
