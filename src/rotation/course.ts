import type { RotationStep } from '../store/rotation.js';
import type { Decision } from './step.js';

/** How a rotation closes by itself or by a person's word; another one may supersede it anywhere. */
type Close = Extract<Decision, { readonly kind: 'close' }>['state'];

/** Where a step leads, and when. */
export interface Way {
  readonly to: RotationStep | Close;
  readonly when: string;
}

const ABORTED: Way = { to: 'aborted', when: 'abort, or the key was revoked' };
const LOST: Way = { to: 'rolled_back', when: 'nobody has the new secret, or rollback' };
const REISSUED: Way = {
  to: 'issue',
  when: 'it was on its way to destinations, or an emergency, and is lost',
};
const LEFT: Way = { to: 'issue', when: 'emergency whose new secret was revoked' };
const RELINKED: Way = { to: 'announce', when: 'a claim whose secret nobody has' };

/**
 * All ways that a rotation can go. The machine refuses any other, and the picture in the docs is
 * drawn from it.
 */
export const COURSE: Readonly<Record<RotationStep, readonly Way[]>> = {
  preflight: [
    { to: 'approve', when: 'every place is ready, and somebody has to agree' },
    { to: 'issue', when: 'every place is ready' },
    LOST,
    ABORTED,
  ],
  approve: [
    { to: 'issue', when: 'enough have agreed' },
    { to: 'announce', when: 'enough have agreed, by claim' },
    { to: 'rolled_back', when: 'rollback' },
    ABORTED,
  ],
  announce: [
    { to: 'issue', when: 'the link is opened' },
    { to: 'announce', when: 'retry makes a new link' },
    { to: 'disable', when: 'not opened, not in use, and the policy disables it' },
    { to: 'rolled_back', when: 'rollback' },
    ABORTED,
  ],
  issue: [{ to: 'activate', when: 'issued' }, RELINKED, LOST, ABORTED],
  activate: [{ to: 'probe', when: 'every instance accepts it' }, REISSUED, RELINKED, LOST, ABORTED],
  probe: [
    { to: 'observe', when: 'accepted, and a damaged one is not' },
    { to: 'deliver', when: 'the same, where there are destinations' },
    REISSUED,
    { to: 'revoke', when: 'emergency without overlap' },
    RELINKED,
    LOST,
    ABORTED,
  ],
  deliver: [
    { to: 'observe', when: 'every place has it, or rollback where one may' },
    { to: 'revoke', when: 'every place has it, in an emergency without overlap' },
    REISSUED,
    LOST,
    ABORTED,
  ],
  observe: [
    { to: 'disable', when: 'evidence, deadline or finish' },
    { to: 'revoke', when: 'emergency, or revoked by hand' },
    LEFT,
    RELINKED,
    LOST,
    ABORTED,
  ],
  disable: [
    { to: 'revoke', when: 'the grace is over, or finish' },
    { to: 'observe', when: 'undo, or the new secret was revoked' },
    { to: 'announce', when: 'undo, of a claim that nobody opened' },
    { to: 'rolled_back', when: 'both secrets were revoked' },
    ABORTED,
  ],
  revoke: [{ to: 'completed', when: 'every instance has confirmed' }],
};
