import type { Key } from '../../api/types.js';
import { keysText as text } from '../../messages/en/keys.js';
import { Badge, type Tone } from '../../ui/badge.js';

const TONES: Readonly<Record<Key['state'], Tone>> = {
  active: 'good',
  disabled: 'warn',
  expired: 'mute',
  revoked: 'bad',
};

/**
 * How a key stands.
 * @public
 */
export function KeyState({ keyShown }: { readonly keyShown: Key }) {
  const { state, pastPolicySince } = keyShown;
  if (state === 'active' && pastPolicySince !== null) return <Badge tone="warn">{text.past}</Badge>;
  return <Badge tone={TONES[state]}>{text.states[state]}</Badge>;
}
