import { useState } from 'react';
import { api, said } from '../../api/client.js';
import { queryClient } from '../../api/queries.js';
import type { Key } from '../../api/types.js';
import { keyFormText as text } from '../../messages/en/key-form.js';
import { ActDialog } from '../../ui/dialog.js';
import { tell } from '../../ui/toasts.js';
import { KeyFields } from '../act/key-fields.js';
import { fieldsOf, formOf, isReadable } from '../act/key-form.js';
import css from './key.module.css';

interface EditProps {
  readonly keyShown: Key;
  readonly onClose: () => void;
}

/** Changes what is said of a key, if nobody else has meanwhile. */
export function EditDialog({ keyShown, onClose }: EditProps) {
  const [before] = useState(() => formOf(keyShown));
  const [version] = useState(keyShown.version);
  const [form, setForm] = useState(before);
  const [fault, setFault] = useState<unknown>();
  const save = async () => {
    const params = {
      path: { id: keyShown.id },
      header: { 'If-Match': String(version) },
    };
    try {
      const body = fieldsOf(form, before);
      await said(api.PATCH('/v1/keys/{id}', { params, body }));
    } catch (error) {
      setFault(error);
      throw error;
    }
    tell(text.saved(form.name));
    void queryClient.invalidateQueries();
  };
  return (
    <ActDialog
      isOpen
      isWide
      onClose={onClose}
      title={text.editTitle(keyShown.name)}
      said={text.editSaid}
      act={text.save}
      isReady={form.name.trim() !== '' && isReadable(form)}
      onAct={save}
    >
      <div className={css['stack']}>
        <KeyFields form={form} onChange={setForm} fault={fault} />
      </div>
    </ActDialog>
  );
}
