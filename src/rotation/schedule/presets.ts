import type { PolicyPatch, PolicyTerms } from '../../policy-views.js';

const quarterly = {
  overlap: { soft: '7d', hard: '21d', atHard: 'hold' },
  schedule: { every: '90d', mode: 'before', lead: '30d', spread: '14d' },
} as const satisfies PolicyPatch;
const annual = {
  overlap: { soft: '14d', hard: '45d', atHard: 'hold' },
  schedule: { every: '365d', mode: 'before', lead: '60d', spread: '30d' },
} as const satisfies PolicyPatch;

/**
 * What `preset:` in a policy file stands for; what the file says itself goes before it, field by
 * field.
 * @public
 */
export const PRESETS: Readonly<Record<string, PolicyPatch>> = {
  quarterly,
  annual,
  customers: {
    ...annual,
    claim: { remind: ['3d', '7d', '14d'], close: '30d', unclaimed: 'hold' },
    // 30 days to open the link, 45 of overlap, and a day to undo, by the due date.
    schedule: { ...annual.schedule, lead: '80d', deliver: 'claim' },
  },
  // Its six years of evidence are the operator's to keep: see presetWarnings.
  regulatory: {
    ...quarterly,
    approval: { approvers: 1 },
    // Out of use after 90 days of inactivity, as PCI DSS 8.2.6 asks for accounts.
    expiry: { maxAge: '120d', unused: '76d', grace: '14d' },
  },
  incident: { overlap: { soft: '30m', hard: '1h', atHard: 'revoke' }, schedule: null },
  ci: {
    overlap: { soft: '1d', hard: '3d', atHard: 'hold' },
    schedule: { every: '30d', mode: 'before', lead: '7d', spread: '3d', deliver: 'destinations' },
  },
  remind: { schedule: { every: '90d', mode: 'after', lead: '0s', deliver: 'notice' } },
};

/**
 * What a preset stands for and no field of a policy can keep, in words for people.
 * @public
 */
export function presetWarnings(
  preset: string | undefined,
  { reference }: Pick<PolicyTerms, 'reference'>,
): readonly string[] {
  if (preset !== 'regulatory') return [];
  const unnamed =
    'It has no reference: say in "reference" which requirement and which risk analysis it rests on.';
  const kept =
    'Six years of evidence are yours to keep: rotations, with their evidence, and events stay for as long as the database and the ' +
    'key do, and "keyturn key delete" takes the rotations of its key. Delete no key for six years, or keep ' +
    '"keyturn rotation show ID --json" of each of its rotations; and keep a backup as long.';
  return reference === null ? [unnamed, kept] : [kept];
}
