/** The rows of the table, in its order; each is a file of `bench/rows/`. */
export const rowNames = [
  'warm',
  'allocation',
  'cold',
  'scale',
  'scale-cold',
  'memory',
  'express',
  'verify',
  'authorize',
  'recording',
  'flood',
  'revocation',
  'start',
  'install',
  'peers',
];
