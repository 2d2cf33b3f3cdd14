import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api, done, said } from '../../api/client.js';
import { queryClient } from '../../api/queries.js';
import type { Key } from '../../api/types.js';
import { keyText } from '../../messages/en/key.js';
import { keyActText as text } from '../../messages/en/keys.js';
import { ActDialog } from '../../ui/dialog.js';
import { Check, Field } from '../../ui/field.js';
import { tell } from '../../ui/toasts.js';

interface ActProps {
  readonly keyShown: Key;
  readonly onClose: () => void;
}

const MANAGEMENT_KEYSPACE = 'keyturn';

/** Refuses a key until it is enabled again. */
export function DisableDialog({ keyShown, onClose }: ActProps) {
  const [reason, setReason] = useState('');
  const params = { path: { id: keyShown.id } };
  const disable = async () => {
    const body = reason.trim() === '' ? {} : { reason: reason.trim() };
    await said(api.POST('/v1/keys/{id}/disable', { params, body }));
    changed(text.disabled(keyShown.name));
  };
  return (
    <ActDialog
      isOpen
      onClose={onClose}
      title={text.disableTitle(keyShown.name)}
      said={text.disableSaid}
      act={text.disable}
      onAct={disable}
    >
      <ReasonField value={reason} onChange={setReason} />
    </ActDialog>
  );
}

/** Accepts a key again. */
export function EnableDialog({ keyShown, onClose }: ActProps) {
  const enable = async () => {
    const params = { path: { id: keyShown.id } };
    await said(api.POST('/v1/keys/{id}/enable', { params, body: {} }));
    changed(text.enabled(keyShown.name));
  };
  return (
    <ActDialog
      isOpen
      onClose={onClose}
      title={text.enableTitle(keyShown.name)}
      said={text.enableSaid}
      act={text.enable}
      onAct={enable}
    />
  );
}

/** Ends a key for ever; its name is typed, so that it is the one that is meant. */
export function RevokeDialog({ keyShown, onClose }: ActProps) {
  const [reason, setReason] = useState('');
  const [typed, setTyped] = useState('');
  const [hasDescendants, setDescendants] = useState(false);
  const revoke = async () => {
    const body = {
      ...(reason.trim() !== '' && { reason: reason.trim() }),
      ...(hasDescendants && { descendants: true }),
    };
    const params = { path: { id: keyShown.id } };
    await said(api.POST('/v1/keys/{id}/revoke', { params, body }));
    changed(text.revoked(keyShown.name));
  };
  return (
    <ActDialog
      isOpen
      onClose={onClose}
      title={text.revokeTitle(keyShown.name)}
      said={text.revokeSaid}
      act={text.revoke}
      look="danger"
      isReady={typed.trim() === keyShown.name}
      onAct={revoke}
    >
      <Field
        label={text.revokeTyped}
        hint={keyShown.name}
        value={typed}
        onChange={({ target }) => setTyped(target.value)}
      />
      <ReasonField value={reason} onChange={setReason} />
      {keyShown.keyspace === MANAGEMENT_KEYSPACE && (
        <Check
          label={text.revokeDescendants}
          checked={hasDescendants}
          onChange={({ target }) => setDescendants(target.checked)}
        />
      )}
    </ActDialog>
  );
}

/** Takes a revoked key out of the database. */
export function DeleteDialog({ keyShown, onClose }: ActProps) {
  const navigate = useNavigate();
  const remove = async () => {
    const params = { path: { id: keyShown.id } };
    await done(api.DELETE('/v1/keys/{id}', { params }));
    await navigate({ to: '/keys' });
    changed(keyText.deleted(keyShown.name));
  };
  return (
    <ActDialog
      isOpen
      onClose={onClose}
      title={keyText.deleteTitle(keyShown.name)}
      said={keyText.deleteSaid}
      act={keyText.delete}
      look="danger"
      onAct={remove}
    />
  );
}

function ReasonField(props: { readonly value: string; readonly onChange: (to: string) => void }) {
  const { value, onChange } = props;
  return (
    <Field
      label={text.reason}
      hint={text.reasonHint}
      isOptional
      value={value}
      onChange={({ target }) => onChange(target.value)}
    />
  );
}

function changed(words: string): void {
  tell(words);
  void queryClient.invalidateQueries();
}
