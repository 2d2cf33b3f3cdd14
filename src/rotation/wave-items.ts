import { KeyturnError } from '../errors.js';
import type { RotateAnswer } from '../rotate-views.js';
import type { EmergencyItem } from '../rotation-views.js';
import type { RotationState } from '../store/rotation.js';

/** A key, as an emergency names it. */
interface Named {
  readonly id: string;
  readonly name: string;
}

/** A new secret, of a rotation. */
interface Issued {
  readonly rotation: Standing;
  readonly plaintext: string;
}

/** A rotation, as it stands. */
type Standing = { readonly state: RotationState; readonly id: string };

/** What came of one key. */
export function itemOf(
  key: Named,
  answer: Issued | RotateAnswer | KeyturnError | undefined,
): EmergencyItem {
  const named = { key: key.id, name: key.name };
  if (answer instanceof KeyturnError) {
    return unended(key, answer.code, answer.message);
  }
  if (answer !== undefined && 'plaintext' in answer) {
    const { id: rotation, state } = answer.rotation;
    return { ...named, rotation, state, plaintext: answer.plaintext };
  }
  if (answer !== undefined && 'rotation' in answer && answer.rotation.deliver === 'destinations') {
    return deliveredItem(key, answer.rotation);
  }
  return unended(key, 'internal', 'Its new secret was not made.');
}

/** Of a key that this did not help: somebody has to, and by what. */
function unended({ id, name }: Named, code: KeyturnError['code'], why: string): EmergencyItem {
  const next = `keyturn key rotate ${id} --compromised --reason REASON`;
  const detail = `${why} Its secrets may be accepted still. Once that is mended: ${next}`;
  return { key: id, name, rotation: null, state: 'needs_operator', code, detail };
}

/** Of a key whose new secret goes to its destinations. */
export function deliveredItem({ id, name }: Named, rotation: Standing): EmergencyItem {
  const { id: of, state } = rotation;
  return { key: id, name, rotation: of, state, deliver: 'destinations' };
}
