// A profile as a flame graph: who was called stands on who called it, as wide as its time.

const WIDTH = 1_000;
const ROW_HEIGHT = 18;
const CHARACTER_WIDTH = 6.7; // Of the font below.
const SHOWN_WIDTH = 1;
const PADDING = 4;

/** The colour of a frame, by the part of the program that it belongs to. */
const COLOURS = [
  { pattern: / {2}dist\//, colour: '#f4a259' },
  { pattern: / {2}node:/, colour: '#a8c5da' },
  { pattern: / {2}node_modules\//, colour: '#b9d8a8' },
  { pattern: /./, colour: '#dddddd' },
];

/** @typedef {import('./profile-text.js').Frame} Frame */
/** @typedef {{ frame: Frame, x: number, depth: number }} Box */

/** @param {Frame} root @param {string} title @returns {string} an SVG */
export function flameGraph(root, title) {
  /** @type {Box[]} */
  const boxes = [];
  place({ frame: root, x: 0, depth: 0 }, WIDTH / root.totalMicros, boxes);
  const height = ROW_HEIGHT * (1 + Math.max(...boxes.map(({ depth }) => depth)));
  const drawn = boxes.map((box) => draw(box, { root, height }));
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}"`,
    '  font-family="monospace" font-size="11">',
    `<title>${escaped(title)}</title>`,
    ...drawn,
    '</svg>',
  ].join('\n')}\n`;
}

/**
 * The widest first, as far as it can be seen.
 * @param {Box} box
 * @param {number} scale pixels a microsecond
 * @param {Box[]} into
 */
function place(box, scale, into) {
  if (box.frame.totalMicros * scale < SHOWN_WIDTH) return;
  into.push(box);
  const children = [...box.frame.children.values()];
  children.sort((left, right) => right.totalMicros - left.totalMicros);
  let { x } = box;
  for (const child of children) {
    place({ frame: child, x, depth: box.depth + 1 }, scale, into);
    x += child.totalMicros * scale;
  }
}

/** @param {Box} box @param {{ root: Frame, height: number }} on */
function draw({ frame, x, depth }, { root, height }) {
  const width = (WIDTH * frame.totalMicros) / root.totalMicros;
  const y = height - ROW_HEIGHT * (depth + 1);
  const share = ((100 * frame.totalMicros) / root.totalMicros).toFixed(1);
  const colour = COLOURS.find(({ pattern }) => pattern.test(frame.name))?.colour;
  const size = `width="${width.toFixed(1)}" height="${ROW_HEIGHT}" stroke="white"`;
  const room = Math.floor((width - 2 * PADDING) / CHARACTER_WIDTH);
  const text = frame.name.slice(0, Math.max(0, room));
  return [
    `<g><title>${escaped(frame.name)}: ${share} %</title>`,
    `<rect x="${x.toFixed(1)}" y="${y}" ${size} fill="${colour}"/>`,
    `<text x="${(x + PADDING).toFixed(1)}" y="${y + 13}">${escaped(text)}</text></g>`,
  ].join('');
}

/** @param {string} text */
function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
