/**
 * What is said where a secret is shown, once.
 * @public
 */
export const onceText = {
  title: 'Keep the new secret now',
  said: 'It is shown this once. Keyturn keeps only its digest: nobody can show it again, not you and not we.',
  secret: 'The secret',
  copy: 'Copy the secret',
  stored: 'I have stored it',
  storedHint: 'Then it is gone from this page.',
  claimTitle: 'Pass this link on',
  claimSaid:
    'It works once. The secret is issued when it is opened, and shown to who opens it, to nobody else. The old one goes on meanwhile.',
  claimUntil: 'It works until',
  claimLink: 'The link',
  claimPassed: 'I have passed it on',
  gone: 'The secret was shown already',
  goneSaid:
    'This answer was repeated: the secret was in the first. If it was not kept, rotate the key.',
} as const;
