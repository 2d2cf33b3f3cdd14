// docs/reference/rotation.md and its picture, from the table that the machine itself obeys.
import { built } from './built.js';
import { code, pageHead, paragraphs, table } from './markdown.js';
import { pictureOf } from './picture.js';

const PICTURE = '../pictures/rotation.svg';
const TAKEN_BACK = ['rolled_back', 'aborted']; // From nearly everywhere: the table has them, the picture not.

const RULES = `A rotation is at one step at a time, and its row in the database says which. It moves along these ways and no
other: a step or a person's word that led elsewhere would be refused by the machine. An emergency supersedes an open
rotation at any step.`;

/** @typedef {import('../../src/rotation/course.js').Way} Way */

/**
 * @returns {Promise<string>}
 * @public
 */
export async function rotationReference() {
  const head = pageHead({
    title: 'Ways of a rotation',
    source: 'src/rotation/course.ts',
    promise: 'After reading this you can say where a rotation may go from where it is, and when.',
  });
  const rows = (await steps()).flatMap(({ name, phase, ways }) =>
    ways.map(({ to, when }, index) => [
      index === 0 ? words(phase) : '',
      index === 0 ? code(name) : '',
      code(to),
      when,
    ]),
  );
  return paragraphs(
    head,
    `![The steps of a rotation, and the ways between them](${PICTURE})`,
    RULES,
    table(['Phase', 'Step', 'Leads to', 'When'], rows),
  );
}

/**
 * @returns {Promise<string>}
 * @public
 */
export async function rotationPicture() {
  const all = await steps();
  const phases = [...new Set(all.map(({ phase }) => phase))];
  const clusters = phases.map((phase) => {
    const names = all.filter((step) => step.phase === phase).map(({ name }) => `${name};`);
    return `subgraph cluster_${phase} { label="${words(phase)}"; color="#bbbbbb"; ${names.join(' ')} }`;
  });
  const end = 'completed [shape=ellipse];';
  const order = all.map(({ name }) => name);
  const edges = all.flatMap(({ name, ways }) =>
    ways.filter(({ to }) => !TAKEN_BACK.includes(to)).map((way) => edgeOf(name, way, order)),
  );
  return pictureOf(`digraph { ${[...clusters, end, ...edges].join('\n')} }`);
}

/** Ways back are blue, and those to a new link are told apart in the table.
 * @param {string} from @param {Way} way @param {readonly string[]} order of the steps
 */
function edgeOf(from, { to, when }, order) {
  const label = `label="  ${when.replace(/, /g, ',\\n')}  "`;
  if (to === 'completed') return `${from} -> ${to} [${label}];`;
  if (order.indexOf(to) > order.indexOf(from)) return `${from} -> ${to} [${label}];`;
  const isNamed = to !== 'announce' || from === 'announce';
  return `${from} -> ${to} [${isNamed ? `${label}, ` : ''}color="#4a6da7", constraint=false];`;
}

/** Steps that are gone, in order. */
async function steps() {
  /** @type {typeof import('../../src/rotation/course.js')} */
  const { COURSE } = await built('rotation/course.js');
  /** @type {typeof import('../../src/rotation/phase.js')} */
  const { phaseOf } = await built('rotation/phase.js');
  /** @type {[import('../../src/store/rotation.js').RotationStep, readonly Way[]][]} */
  const all = /** @type {any} */ (Object.entries(COURSE));
  return all
    .filter(([, ways]) => ways.length > 0)
    .map(([name, ways]) => ({ name, ways, phase: phaseOf({ step: name, isOpen: true }) }));
}

/** @param {string} name */
function words(name) {
  return name.replaceAll('_', ' ');
}
