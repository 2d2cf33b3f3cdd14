// Draws what stands in Graphviz's language (https://graphviz.org/doc/info/lang.html) as SVG.
import { instance } from '@viz-js/viz';

const LOOK = {
  graphAttributes: {
    fontname: 'Helvetica',
    fontsize: 13,
    bgcolor: 'white',
    pad: 0.3,
    nodesep: 0.6,
    ranksep: 0.6,
  },
  nodeAttributes: {
    fontname: 'Helvetica',
    fontsize: 13,
    shape: 'box',
    style: 'rounded,filled',
    fillcolor: '#eef3fb',
    color: '#4a6da7',
    margin: '0.28,0.1',
  },
  edgeAttributes: { fontname: 'Helvetica', fontsize: 11, color: '#555555', fontcolor: '#333333' },
};

/** @param {string} dot @returns {Promise<string>} the picture, as text of a file
 * @throws {Error} it is not written in that language
 * @public
 */
export async function pictureOf(dot) {
  const svg = (await instance()).renderString(dot, { format: 'svg', ...LOOK });
  // A program's own remarks and a document type that names an address: browsers need neither.
  return svg.slice(svg.indexOf('<svg')).replaceAll(/<!--[\s\S]*?-->\n?/g, '');
}
