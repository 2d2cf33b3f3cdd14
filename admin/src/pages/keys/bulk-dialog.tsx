import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { bulkText as text } from '../../messages/en/bulk.js';
import { ActDialog } from '../../ui/dialog.js';
import { FaultNote } from '../../ui/fault-note.js';
import { Field, SelectField } from '../../ui/field.js';
import css from './bulk.module.css';
import {
  type BulkAct,
  type BulkReport,
  type BulkWish,
  doBulk,
  isWhole,
  previewQuery,
} from './bulk-acts.js';
import { BulkItems } from './bulk-items.js';

interface BulkDialogProps {
  readonly ids: readonly string[];
  readonly act: BulkAct;
  readonly onClose: () => void;
  readonly onDone: (report: BulkReport) => void;
}

/** Says what will become of each key before anything does. */
export function BulkDialog({ ids, act, onClose, onDone }: BulkDialogProps) {
  const [wish, setWish] = useState<BulkWish>({ tags: '', reason: '', deliver: 'claim' });
  const [typed, setTyped] = useState('');
  const isEnd = act === 'revoke';
  const isSure = !isEnd || typed.trim() === String(ids.length);
  return (
    <ActDialog
      isOpen
      isWide
      onClose={onClose}
      title={text.title(act, ids.length)}
      said={text.said[act]}
      act={text.acts[act]}
      look={isEnd ? 'danger' : 'main'}
      isReady={isWhole(act, wish) && isSure}
      onAct={async () => onDone(await doBulk(ids, act, wish))}
    >
      <Wishes act={act} wish={wish} onChange={setWish} />
      {isEnd && (
        <Field
          label={text.confirmTyped(ids.length)}
          value={typed}
          inputMode="numeric"
          onChange={({ target }) => setTyped(target.value)}
        />
      )}
      <Preview ids={ids} act={act} wish={wish} />
    </ActDialog>
  );
}

interface WishesProps {
  readonly act: BulkAct;
  readonly wish: BulkWish;
  readonly onChange: (next: BulkWish) => void;
}

function Wishes({ act, wish, onChange }: WishesProps) {
  if (act === 'enable') return null;
  if (act === 'tag' || act === 'untag') {
    return (
      <Field
        label={text.tags}
        hint={text.tagsHint}
        value={wish.tags}
        onChange={({ target }) => onChange({ ...wish, tags: target.value })}
      />
    );
  }
  return (
    <>
      {act === 'rotate' && (
        <SelectField
          label={text.deliver}
          options={[
            { value: 'claim', label: text.deliverBy.claim },
            { value: 'destinations', label: text.deliverBy.destinations },
          ]}
          value={wish.deliver}
          onChange={({ target: { value } }) =>
            onChange({ ...wish, deliver: value === 'destinations' ? 'destinations' : 'claim' })
          }
        />
      )}
      <Field
        label={text.reason}
        isOptional
        value={wish.reason}
        onChange={({ target }) => onChange({ ...wish, reason: target.value })}
      />
    </>
  );
}

function Preview({ ids, act, wish }: Omit<WishesProps, 'onChange'> & { ids: readonly string[] }) {
  const query = previewQuery(ids, act, wish);
  const { data, error } = useQuery({ ...query, placeholderData: keepPreviousData });
  if (!isWhole(act, wish)) return null;
  if (error !== null) return <FaultNote error={error} />;
  return (
    <div className={css['stack']} aria-live="polite">
      <h3>{text.preview}</h3>
      {data === undefined ? (
        <p>{text.previewing}</p>
      ) : (
        <>
          <p className={css['totals']}>
            {text.count(data.totals.would, data.totals.unchanged, data.totals.refused)}
          </p>
          <BulkItems items={data.items} />
        </>
      )}
    </div>
  );
}
