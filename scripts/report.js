// What every check of ours ends with: what is wrong, what to do, and an exit code.

/**
 * @param {string} check the npm script's name, for example `check:doors`
 * @param {readonly string[]} faults what is wrong, a line each
 * @param {string} remedy what to do about it
 * @returns {never}
 */
export function report(check, faults, remedy) {
  if (faults.length === 0) {
    console.log(`${check}: ok`);
    process.exit(0);
  }
  for (const fault of faults) console.error(`${check}: ${fault}`);
  console.error(`${check}: ${faults.length} found. ${remedy}`);
  process.exit(1);
}

/** Says that there is nothing to check yet, and fails: an empty check must not look like a good one.
 * @param {string} check
 * @param {string} missing what is not there
 * @param {string} remedy
 * @returns {never}
 */
export function refuse(check, missing, remedy) {
  return report(check, [missing], remedy);
}
