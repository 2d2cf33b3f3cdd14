// Generated parts of a page stand between two comments: `<!-- name: why -->` and `<!-- /name -->`.

/**
 * The page with the block's content in its place; undefined if it has no such block.
 * @param {string} text
 * @param {string} name
 * @param {string} content
 */
export function replaceBlock(text, name, content) {
  const bounds = boundsOf(text, name);
  if (bounds === undefined) return undefined;
  return `${text.slice(0, bounds.from)}\n\n${content}\n\n${text.slice(bounds.to)}`;
}

/** @param {string} text @param {string} name */
function boundsOf(text, name) {
  const begin = `<!-- ${name} -->`;
  const beginAt = text.indexOf(begin);
  const to = text.indexOf(`<!-- /${name.split(':')[0]} -->`, beginAt);
  if (beginAt === -1 || to === -1) return undefined;
  return { from: beginAt + begin.length, to };
}
