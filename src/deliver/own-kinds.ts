/**
 * The kinds that Keyturn brings.
 * @public
 */
export const OWN_KINDS = [
  'dotenv',
  'json',
  'yaml',
  'command',
  'webhook',
  'kubernetes',
  'vault',
  'aws',
  'github',
  'gitlab',
] as const;
