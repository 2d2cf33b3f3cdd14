import { useState } from 'react';
import { api, said } from '../../api/client.js';
import { queryClient } from '../../api/queries.js';
import type { Rotation } from '../../api/types.js';
import { rotationText as text, verbWords } from '../../messages/en/rotation.js';
import { useCan } from '../../session/use-session.js';
import { withLocalTimes } from '../../time/words.js';
import { Button, type ButtonLook } from '../../ui/button.js';
import { ActDialog } from '../../ui/dialog.js';
import { Field } from '../../ui/field.js';
import { Card } from '../../ui/page.js';
import { tell } from '../../ui/toasts.js';
import { type Given, Once } from '../once/once.js';
import css from './rotation.module.css';

type Action = Rotation['actions'][number];

const PLAIN_VERBS = ['approve', 'retry', 'skip', 'finish', 'rollback', 'abort', 'undo'] as const;
const LOOKS: Readonly<Record<string, ButtonLook>> = {
  approve: 'main',
  retry: 'main',
  undo: 'main',
  finish: 'dangerPlain',
  abort: 'dangerPlain',
};

/** What may be done now: each says what it will do before it is done. */
export function Acts({ rotation }: { readonly rotation: Rotation }) {
  const [chosen, setChosen] = useState<Action>();
  const [given, setGiven] = useState<Given>();
  const can = useCan();
  const { actions } = rotation;
  if (!can('keys:rotate')) return null;
  return (
    <Card title={text.acts}>
      {actions.length === 0 && <p className={css['rowSaid']}>{text.actsNone}</p>}
      <ul className={css['rows']}>
        {actions.map((action) => (
          <li key={action.name} className={css['act']}>
            <Button look={LOOKS[action.name] ?? 'plain'} isSmall onClick={() => setChosen(action)}>
              {verbWords(action.name)}
            </Button>
            <p className={css['rowSaid']}>{withLocalTimes(action.does)}</p>
            <p className={css['rowSaid']}>{undoWords(action)}</p>
          </li>
        ))}
      </ul>
      {chosen !== undefined && (
        <Deciding
          id={rotation.id}
          action={chosen}
          onClose={() => setChosen(undefined)}
          onGiven={setGiven}
        />
      )}
      <Once given={given} onStored={() => setGiven(undefined)} />
    </Card>
  );
}

interface DecidingProps {
  readonly id: string;
  readonly action: Action;
  readonly onClose: () => void;
  readonly onGiven: (given: Given) => void;
}

function Deciding({ id, action, onClose, onGiven }: DecidingProps) {
  const [word, setWord] = useState({ reason: '', until: '', consumer: '' });
  const name = verbWords(action.name);
  const act = async () => {
    const { plaintext, claim } = await decide(id, action.name, word);
    tell(text.acted(name));
    void queryClient.invalidateQueries();
    onGiven({ plaintext, claim });
  };
  const isWaive = action.name === 'waive';
  const isExtend = action.name === 'extend';
  const isReady =
    (!isWaive || (word.consumer.trim() !== '' && word.reason.trim() !== '')) &&
    (!isExtend || word.until.trim() !== '');
  const field = (of: keyof typeof word) => ({
    value: word[of],
    onChange: ({ target }: { target: { value: string } }) =>
      setWord((before) => ({ ...before, [of]: target.value })),
  });
  return (
    <ActDialog
      isOpen
      onClose={onClose}
      title={text.actTitle(name)}
      said={`${withLocalTimes(action.does)} ${undoWords(action)}`}
      act={name}
      look={LOOKS[action.name] === 'dangerPlain' ? 'danger' : 'main'}
      isReady={isReady}
      onAct={act}
    >
      <div className={css['form']}>
        {isExtend && <Field label={text.until} hint={text.untilHint} {...field('until')} />}
        {isWaive && <Field label={text.consumer} hint={text.consumerHint} {...field('consumer')} />}
        <Field label={text.reason} isOptional={!isWaive} {...field('reason')} />
      </div>
    </ActDialog>
  );
}

interface Word {
  readonly reason: string;
  readonly until: string;
  readonly consumer: string;
}

async function decide(id: string, name: string, { reason, until, consumer }: Word) {
  const params = { path: { id } };
  const why = reason.trim() === '' ? {} : { reason: reason.trim() };
  if (name === 'extend') {
    const body = { ...why, until: until.trim() };
    return said(api.POST('/v1/rotations/{id}/extend', { params, body }));
  }
  if (name === 'waive') {
    const body = { reason: reason.trim(), consumer: consumer.trim() };
    return said(api.POST('/v1/rotations/{id}/waive', { params, body }));
  }
  const verb = PLAIN_VERBS.find((one) => one === name);
  if (verb === undefined) throw new Error(`The page does not know how to ${name}.`);
  return said(api.POST(`/v1/rotations/{id}/${verb}`, { params, body: why }));
}

function undoWords({ undoableFor }: Action): string {
  return undoableFor === null ? '' : text.undoable(undoableFor);
}
