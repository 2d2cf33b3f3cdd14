import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, said } from '../../api/client.js';
import type { Answer, Body, Key } from '../../api/types.js';
import { rotateText as text } from '../../messages/en/rotate.js';
import { withLocalTimes } from '../../time/words.js';
import { ActDialog } from '../../ui/dialog.js';
import { FaultNote } from '../../ui/fault-note.js';
import { Check, Field, SelectField } from '../../ui/field.js';
import css from './rotate-dialog.module.css';

type RotateBody = Body<'/v1/keys/{id}/rotate', 'post'>;
type Delivery = NonNullable<RotateBody['deliver']>;

/**
 * What came of it.
 * @public
 */
export type Rotated = Answer<'/v1/keys/{id}/rotate', 'post'>;

const DELIVERIES: readonly Delivery[] = ['answer', 'claim', 'destinations'];
const TYPED_MS = 300;

interface RotateDialogProps {
  readonly keyShown: Key;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly onRotated: (rotated: Rotated) => void;
}

interface Wish {
  readonly deliver: Delivery | '';
  readonly overlap: string;
  readonly isKept: boolean;
  readonly isCompromised: boolean;
  readonly reason: string;
}

const FIRST: Wish = {
  deliver: 'answer',
  overlap: '',
  isKept: false,
  isCompromised: false,
  reason: '',
};

/**
 * Asks how a secret is to be replaced, and says what that will do before it is done.
 * @public
 */
export function RotateDialog({ keyShown, isOpen, onClose, onRotated }: RotateDialogProps) {
  const [wish, setWish] = useState(FIRST);
  const change = (next: Partial<Wish>) => setWish((before) => ({ ...before, ...next }));
  const close = () => {
    setWish(FIRST);
    onClose();
  };
  const rotate = async () => {
    const params = { path: { id: keyShown.id } };
    onRotated(await said(api.POST('/v1/keys/{id}/rotate', { params, body: bodyOf(wish) })));
  };
  return (
    <ActDialog
      isOpen={isOpen}
      onClose={close}
      title={text.title(keyShown.name)}
      said={text.said}
      act={wish.isCompromised ? text.actCompromised : text.act}
      look={wish.isCompromised ? 'danger' : 'main'}
      isReady={!wish.isCompromised || wish.reason.trim() !== ''}
      onAct={rotate}
      isWide
    >
      <Wishes wish={wish} onChange={change} />
      {isOpen && <Plan id={keyShown.id} wish={wish} />}
    </ActDialog>
  );
}

function Wishes(props: { readonly wish: Wish; readonly onChange: (next: Partial<Wish>) => void }) {
  const { wish, onChange } = props;
  return (
    <div className={css['form']}>
      <SelectField
        label={text.deliver}
        options={DELIVERIES.map((value) => ({ value, label: text.delivers[value] }))}
        value={wish.deliver}
        onChange={({ target }) =>
          onChange({ deliver: DELIVERIES.find((one) => one === target.value) ?? 'answer' })
        }
      />
      <Field
        label={text.overlap}
        hint={text.overlapHint}
        isOptional
        value={wish.overlap}
        onChange={({ target }) => onChange({ overlap: target.value })}
      />
      <Check
        label={text.keep}
        checked={wish.isKept}
        onChange={({ target }) => onChange({ isKept: target.checked })}
      />
      <Check
        label={text.compromised}
        hint={text.compromisedHint}
        checked={wish.isCompromised}
        onChange={({ target }) => onChange({ isCompromised: target.checked })}
      />
      <Field
        label={text.reason}
        isOptional={!wish.isCompromised}
        {...(wish.isCompromised && { hint: text.reasonNeeded })}
        value={wish.reason}
        onChange={({ target }) => onChange({ reason: target.value })}
      />
    </div>
  );
}

/** What the server says it would do. */
function Plan({ id, wish }: { readonly id: string; readonly wish: Wish }) {
  const isWhole = !wish.isCompromised || wish.reason.trim() !== '';
  const body = { ...bodyOf(wish), dryRun: true };
  const { data, error } = useQuery({
    queryKey: ['plan', id, body],
    queryFn: async ({ signal }) => {
      await new Promise((resolve) => setTimeout(resolve, TYPED_MS));
      signal.throwIfAborted();
      const params = { path: { id } };
      return said(api.POST('/v1/keys/{id}/rotate', { params, body, signal }));
    },
    enabled: isWhole,
    placeholderData: keepPreviousData,
    staleTime: 0,
    gcTime: 0,
  });
  if (error !== null && isWhole) return <FaultNote error={error} />;
  const plan = data !== undefined && 'plan' in data ? data.plan : undefined;
  return (
    <section className={css['plan']} aria-live="polite">
      <h3>{text.plan}</h3>
      <p>{plan === undefined ? text.planning : withLocalTimes(plan.says)}</p>
    </section>
  );
}

function bodyOf({ deliver, overlap, isKept, isCompromised, reason }: Wish): RotateBody {
  return {
    ...(deliver !== '' && { deliver }),
    ...(overlap.trim() !== '' && { overlap: overlap.trim() }),
    ...(isKept && { keep: true }),
    ...(isCompromised && { compromised: true }),
    ...(reason.trim() !== '' && { reason: reason.trim() }),
  };
}
