const MAX_DISTANCE = 3; // Further apart, a suggestion is a guess.

/**
 * The candidate most like the text, if any is like it: for "did you mean".
 * @public
 */
export function nearest(text: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.min(MAX_DISTANCE, Math.ceil(text.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = distanceOf(text.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Levenshtein's distance, with one row. */
function distanceOf(left: string, right: string): number {
  const row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let leftIndex = 1; leftIndex <= left.length; leftIndex += 1) {
    let diagonal = row[0] ?? 0;
    row[0] = leftIndex;
    for (let rightIndex = 1; rightIndex <= right.length; rightIndex += 1) {
      const above = row[rightIndex] ?? 0;
      const cost = left[leftIndex - 1] === right[rightIndex - 1] ? 0 : 1;
      const before = row[rightIndex - 1] ?? 0;
      row[rightIndex] = Math.min(above + 1, before + 1, diagonal + cost);
      diagonal = above;
    }
  }
  return row[right.length] ?? 0;
}
