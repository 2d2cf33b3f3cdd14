import type { BulkAct, BulkInput, BulkItem } from '../../bulk-views.js';
import { VersionConflictError } from '../../errors.js';
import { disableKey, enableKey, locateKey, updateKey } from '../../lifecycle/change-key.js';
import type { Act } from '../../lifecycle/context.js';
import { revokeKey } from '../../lifecycle/end-key.js';
import type { KeyAnswer, WriteOptions } from '../../public.js';
import type { Engine } from '../engine.js';
import { rotateKey } from '../start.js';

const MAX_RACES = 5; // With others who change the tags of a key.

interface Asked {
  readonly id: string;
  readonly input: BulkInput;
  readonly options: WriteOptions;
}

/** What an act has come to. */
export interface Done extends Pick<BulkItem, 'rotation' | 'claim'> {
  readonly isChanged: boolean;
  /** What it does, for people. */
  readonly what: string;
}

type ActOnKey = (engine: Engine, act: Act, asked: Asked) => Promise<Done>;

/** To one key, as if it were asked of it alone. */
export const ACTS: Readonly<Record<BulkAct, ActOnKey>> = {
  disable: stateAct(disableKey, {
    changes: 'It is refused until it is enabled.',
    stays: 'It is disabled already.',
  }),
  enable: stateAct(enableKey, { changes: 'It is accepted again.', stays: 'It is active already.' }),
  revoke: stateAct(revokeKey, {
    changes: 'It is refused for ever.',
    stays: 'It is revoked already.',
  }),
  rotate,
  tag: (_engine, act, asked) =>
    retag(act, asked, (tags, given) => [...tags, ...given.filter((tag) => !tags.includes(tag))]),
  untag: (_engine, act, asked) =>
    retag(act, asked, (tags, given) => tags.filter((tag) => !given.includes(tag))),
};

type ChangeState = (
  act: Act,
  id: string,
  how: { readonly reason: string | null; readonly options: WriteOptions },
) => Promise<KeyAnswer>;

function stateAct(
  change: ChangeState,
  words: { readonly changes: string; readonly stays: string },
): ActOnKey {
  return async (_engine, act, { id, input, options }) => {
    const before = await locateKey(act, id);
    const { key, replayed } = await change(act, id, { reason: input.reason ?? null, options });
    const isChanged = replayed === true || key.version !== before.key.version;
    return { isChanged, what: isChanged ? words.changes : words.stays };
  };
}

async function rotate(engine: Engine, act: Act, { id, input, options }: Asked): Promise<Done> {
  const { overlap, deliver, reason, dryRun } = input;
  const rotation = { overlap, deliver, reason, ...(dryRun === true && { dryRun }) };
  const answer = await rotateKey(engine, act, { id, input: rotation, options });
  if ('plan' in answer) return { isChanged: true, what: answer.plan.says };
  const way = deliver === 'claim' ? 'by its link' : 'at its destinations';
  const what = `Its new secret is to be had ${way}; the old one works until the evidence is in.`;
  const claim = 'claim' in answer ? answer.claim : undefined;
  return { isChanged: true, what, rotation: answer.rotation.id, ...(claim && { claim }) };
}

/** Whoever else changes them meanwhile keeps what they have set. */
async function retag(
  act: Act,
  { id, input }: Asked,
  change: (tags: readonly string[], given: readonly string[]) => readonly string[],
): Promise<Done> {
  const given = input.tags ?? [];
  for (let race = 1; ; race += 1) {
    const { key } = await locateKey(act, id);
    const tags = change(key.tags, given);
    const options = { ifMatch: key.version };
    try {
      const after = await updateKey(act, id, { patch: { tags }, options });
      const isChanged = after.version !== key.version;
      const now = tags.length === 0 ? 'It has no tag.' : `Its tags are ${tags.join(', ')}.`;
      return { isChanged, what: isChanged ? now : `It is so already. ${now}` };
    } catch (error) {
      if (!(error instanceof VersionConflictError) || race === MAX_RACES) throw error;
    }
  }
}
