import { type FormEvent, useEffect, useState } from 'react';
import { api, said } from '../api/client.js';
import { waiting } from '../api/confirmation.js';
import { Fault } from '../api/fault.js';
import { queryClient } from '../api/queries.js';
import { sessionText as text } from '../messages/en/session.js';
import { useSignal } from '../state/signal.js';
import { isToCome } from '../time/clock.js';
import { Button, buttonClass } from '../ui/button.js';
import { Dialog } from '../ui/dialog.js';
import { FaultNote } from '../ui/fault-note.js';
import { Field } from '../ui/field.js';
import { providerUrl } from './sign-in-form.js';
import { useSession } from './use-session.js';
import { sessionQuery } from './view.js';

/**
 * Asks who somebody is before what must not be done from a screen that was left alone.
 * @public
 */
export function Confirmation() {
  const asking = useSignal(waiting);
  if (asking === undefined) return null;
  return <Asking answer={asking.answer} />;
}

function Asking({ answer }: { readonly answer: (isConfirmed: boolean) => void }) {
  const { confirmBy } = useSession();
  return (
    <Dialog isOpen title={text.confirm} said={text.confirmSaid} onClose={() => answer(false)}>
      {confirmBy === 'password' ? (
        <ByPassword onDone={() => answer(true)} />
      ) : (
        <Elsewhere onDone={() => answer(true)} />
      )}
    </Dialog>
  );
}

function ByPassword({ onDone }: { readonly onDone: () => void }) {
  const [password, setPassword] = useState('');
  const [fault, setFault] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setFault(undefined);
    try {
      const session = await said(api.POST('/v1/session/confirm', { body: { password } }));
      queryClient.setQueryData(sessionQuery.queryKey, session);
      onDone();
    } catch (error) {
      setFault(error);
    } finally {
      setBusy(false);
    }
  };
  const isWrong = fault instanceof Fault && (fault.status === 401 || fault.status === 403);
  return (
    <form onSubmit={submit}>
      <Field
        label={text.password}
        type="password"
        autoComplete="current-password"
        required
        value={password}
        onChange={({ target }) => setPassword(target.value)}
        fault={isWrong ? text.confirmWrong : undefined}
      />
      {fault !== undefined && !isWrong && <FaultNote error={fault} />}
      <br />
      <Button type="submit" look="main" isBusy={isBusy}>
        {text.confirmAct}
      </Button>
    </form>
  );
}

/** In a tab of its own, so that this page loses nothing. */
function Elsewhere({ onDone }: { readonly onDone: () => void }) {
  const { confirmBy, provider } = useSession();
  useEffect(() => {
    const look = async () => {
      const session = await queryClient.fetchQuery({ ...sessionQuery, staleTime: 0 });
      if (isConfirmed(session?.confirmedUntil)) onDone();
    };
    const hear = () => void look().catch(() => undefined);
    addEventListener('focus', hear);
    return () => removeEventListener('focus', hear);
  }, [onDone]);
  if (confirmBy === 'host' || provider === null) return <p>{text.confirmHost}</p>;
  const url = providerUrl(provider, { confirm: 'true', returnTo: location.pathname });
  return (
    <>
      <p>{text.confirmWithSaid(provider)}</p>
      <a href={url} target="_blank" rel="noopener" className={buttonClass('main')}>
        {text.confirmWith(provider)}
      </a>
    </>
  );
}

function isConfirmed(until: string | null | undefined): boolean {
  return until !== null && until !== undefined && isToCome(until);
}
