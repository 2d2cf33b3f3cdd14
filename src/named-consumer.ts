import { UnprocessableError } from './errors.js';

const BETWEEN_PARTS = ' · ';

/**
 * Whether a waiver names this consumer: by its id, its label, or a whole part of it (the network, the
 * agent, the client's id). `*` stands for any text: half a word that is in every label names nobody.
 * @public
 */
export function isNamed(
  named: string,
  { id, label }: { readonly id: string; readonly label: string },
): boolean {
  const whole = label.toLowerCase();
  const pattern = named.trim().toLowerCase().split('*');
  return id === named || [whole, ...whole.split(BETWEEN_PARTS)].some((one) => fits(one, pattern));
}

/** Whether a text is these pieces in their order, with anything in between. */
function fits(text: string, pieces: readonly string[]): boolean {
  const [first = '', ...rest] = pieces;
  const last = rest.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const piece of rest) {
    const found = text.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}

/**
 * A waiver that names nobody who is waited for.
 * @public
 */
export function nobodyNamed(): UnprocessableError {
  const fix =
    'Look at the consumers of the rotation; only those of the baseline are waited for. A part of a label counts whole; * stands for any text.';
  return new UnprocessableError([{ pointer: '/consumer', message: 'is nobody.', fix }]);
}
