/**
 * What is said where a rotation begins.
 * @public
 */
export const rotateText = {
  title: (name: string) => `Rotate “${name}”`,
  said: 'A new secret is issued beside the old one. Both work until everyone has moved, or until the deadline.',
  deliver: 'How the new secret is handed over',
  delivers: {
    answer: 'Show it here, once',
    claim: 'By a link that I pass on',
    destinations: 'Write it to the key’s destinations',
  },
  overlap: 'Both work for at most',
  overlapHint: 'Like 7d or 12h; at its end the old secret is refused. Empty: as the policy has it.',
  keep: 'Do not end the old secret on evidence, only at the deadline',
  compromised: 'The old secret has leaked',
  compromisedHint: 'It ends at once, and so does every other secret of this key.',
  reason: 'Reason',
  reasonNeeded: 'Why it is taken to have leaked. Stands in the audit trail.',
  plan: 'What will happen',
  planning: 'Working it out…',
  act: 'Rotate',
  actCompromised: 'End the old secret, and rotate',
  begun: (name: string) => `“${name}” is being rotated`,
} as const;
