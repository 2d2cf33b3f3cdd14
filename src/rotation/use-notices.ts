import type { KeyRecord } from '../keys/key.js';
import type { KeyspaceRecord } from '../keys/keyspace.js';
import type { Act } from '../lifecycle/context.js';
import type { Write } from '../store/change.js';
import { type ConsumerCount, networkIn } from '../store/consumers.js';
import type { LateUse, LateUser } from '../store/late-use.js';
import { noticesFor } from './notice-records.js';
import { secretOf } from './step.js';
import type { Ending } from './straggler.js';
import type { Terms } from './terms.js';

// What is told of who uses a key.

/** A key that was used, as those who are told know it. */
interface Used {
  readonly key: KeyRecord;
  readonly keyspace: Pick<KeyspaceRecord, 'id' | 'name'>;
  readonly terms: Pick<Terms, 'notify'>;
}

/** Somebody uses a secret that its rotation has ended: once for each of them. */
export function lateNotices(
  act: Act,
  { key, keyspace, terms }: Used,
  late: {
    readonly ending: Pick<Ending, 'rotation'>;
    readonly use: LateUse;
    readonly lateAs: LateUser;
  },
): readonly Write[] {
  const { ending, use, lateAs: who } = late;
  const { secretNumber, consumer, lastAt: lastUsedAtMs } = use;
  const { id: rotationId } = ending.rotation;
  const facts = { rotationId, secretNumber, who, label: consumer.label, lastUsedAtMs };
  const of = { number: secretNumber, cycle: `${rotationId} ${consumer.id}` };
  return noticesFor(act.lifecycle.ports, subjectOf(act, { key, keyspace, terms }, of), [
    { kind: 'used_after_end', stage: 'late', facts },
  ]);
}

/** A key is used from a network for the first time: once for each of them. */
export function networkNotices(act: Act, used: Used, use: ConsumerCount): readonly Write[] {
  const { consumer, secretNumber: number, firstAt: seenAtMs } = use;
  const facts = { network: networkIn(consumer), seenAtMs };
  const subject = subjectOf(act, used, { number, cycle: consumer.network ?? '' });
  return noticesFor(act.lifecycle.ports, subject, [
    { kind: 'new_network', stage: 'first use', facts },
  ]);
}

function subjectOf(
  { lifecycle }: Act,
  { key, keyspace, terms }: Used,
  { number, cycle }: { readonly number: number; readonly cycle: string },
) {
  return {
    key,
    keyspace,
    hint: secretOf(key, number)?.hint ?? '',
    channels: terms.notify?.channels ?? [],
    isEmergency: false,
    cycle,
    change: 0,
    nowMs: lifecycle.nowMs(),
  };
}
