/**
 * What the page says that makes a key.
 * @public
 */
export const createText = {
  title: 'Create key',
  said: 'For one consumer: a customer, a script, a service. Its secret is shown once, when it is made.',
  handOver: 'How it is handed over',
  answer: 'Show the secret here, once',
  answerSaid: 'You keep it, or pass it on by a way that you trust.',
  claim: 'Make a link for whoever will use it',
  claimSaid:
    'The secret is issued when they open the link: you never see it. The one that is made now is let go unseen.',
  create: 'Create key',
  created: (name: string) => `“${name}” is created`,
  linkFailed: (name: string) =>
    `“${name}” is created, but has no link yet. Rotate it by a link from its page.`,
} as const;
