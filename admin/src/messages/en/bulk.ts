const ACTS = {
  rotate: 'Rotate',
  disable: 'Disable',
  enable: 'Enable',
  tag: 'Tag',
  untag: 'Untag',
  revoke: 'Revoke',
} as const;

/**
 * What is said where one thing is done to many keys.
 * @public
 */
export const bulkText = {
  acts: ACTS,
  title: (act: keyof typeof ACTS, count: number) =>
    `${ACTS[act]} ${count === 1 ? '1 key' : `${count} keys`}?`,
  said: {
    rotate:
      'Each key gets a new secret beside its old one, handed over as below. Nobody sees it here.',
    disable:
      'Every call with these keys is refused from now on. They can be enabled again at any time.',
    enable: 'Calls with these keys are accepted again, with the secrets that they had.',
    tag: 'Each key gets these tags, beside those that it has.',
    untag: 'These tags are taken off each key that has them.',
    revoke: 'Every secret of these keys is refused for ever. This cannot be undone.',
  },
  tags: 'Tags',
  tagsHint: 'With spaces between.',
  reason: 'Reason',
  deliver: 'How the new secrets are handed over',
  deliverBy: { claim: 'By a link for each key', destinations: 'To the destinations of each key' },
  preview: 'What will happen',
  previewing: 'Working it out…',
  outcomes: { would: 'Will', done: 'Done', unchanged: 'No change', refused: 'Refused' },
  count: (would: number, unchanged: number, refused: number) =>
    [
      would > 0 && `${would} will change`,
      unchanged > 0 && `${unchanged} stay as they are`,
      refused > 0 && `${refused} are refused`,
    ]
      .filter((words) => words !== false)
      .join(', '),
  result: 'What has happened',
  resultSaid: (done: number, unchanged: number, refused: number) =>
    [
      `${done} done`,
      unchanged > 0 && `${unchanged} as they were`,
      refused > 0 && `${refused} refused`,
    ]
      .filter((words) => words !== false)
      .join(', '),
  links: 'Pass each link on to who uses the key: it is shown this once.',
  finish: 'Close',
  key: 'Key',
  outcome: 'Outcome',
  confirmTyped: (count: number) => `Type ${count} to go on`,
} as const;
