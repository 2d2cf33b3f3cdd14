import { expect } from 'vitest';

const HINT = /^[a-z0-9]+_(?:live|test)_.{4}/; // So much of a key may be shown.
const PIECE_LENGTH = 8; // Shorter ones could stand anywhere by chance.
const STEP = 4;

/** The pieces of a key or of a token of which none may be seen, and how else it is sent. */
function piecesOf(secret: string): readonly string[] {
  const hidden = secret.replace(HINT, '');
  if (hidden.length < 2 * PIECE_LENGTH) throw new Error('This is no secret.');
  const pieces = [Buffer.from(secret).toString('base64').slice(0, -4)];
  for (let at = 0; at + PIECE_LENGTH <= hidden.length; at += STEP) {
    const piece = hidden.slice(at, at + PIECE_LENGTH);
    pieces.push(piece, piece.toLowerCase());
  }
  return pieces;
}

/** Nothing of any of the secrets stands in the text. */
export function expectNothingOf(secrets: readonly string[], text: string): void {
  const found = secrets.flatMap(piecesOf).filter((piece) => text.includes(piece));
  expect(found).toEqual([]);
}
