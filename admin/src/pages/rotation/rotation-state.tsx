import type { RotationItem } from '../../api/types.js';
import { rotationText as text } from '../../messages/en/rotation.js';
import { Badge, type Tone } from '../../ui/badge.js';

const TONES: Readonly<Record<RotationItem['state'], Tone>> = {
  running: 'info',
  waiting: 'info',
  retrying: 'warn',
  needs_operator: 'warn',
  completed: 'good',
  rolled_back: 'mute',
  aborted: 'mute',
  superseded: 'mute',
};

/**
 * How a rotation stands.
 * @public
 */
export function RotationState({ state }: Pick<RotationItem, 'state'>) {
  return <Badge tone={TONES[state]}>{text.states[state]}</Badge>;
}
