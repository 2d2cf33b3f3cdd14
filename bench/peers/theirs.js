/**
 * Loads a peer's modules, by names that no tool here has to find: they are installed where this
 * file is copied to, and nowhere else.
 * @param {readonly string[]} names
 * @returns {Promise<any[]>}
 */
export function theirs(...names) {
  return Promise.all(names.map((name) => import(name)));
}
