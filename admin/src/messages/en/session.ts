/**
 * What is said at sign-in, at its end and where one has to confirm.
 * @public
 */
export const sessionText = {
  title: 'Sign in',
  said: 'to see and turn the keys of this installation',
  email: 'E-mail address',
  password: 'Password',
  signIn: 'Sign in',
  or: 'or',
  with: (provider: string) => `Sign in with ${provider}`,
  host: 'Continue with your account',
  hostSaid: 'This installation takes the sign-in of the application around it.',
  refused:
    'This address and password do not belong together. After some attempts there is a pause.',
  byProvider: {
    refused:
      'You are signed in there, but nobody has invited you here, or the sign-in took too long. Ask an admin for an invitation to the address you have there, then try again.',
    unavailable: 'The provider does not answer at the moment. Try again.',
  },
  nobody: 'Nobody can sign in yet',
  nobodySaid:
    'The first account is made by the set-up link that the server prints on its first start.',
  over: 'Your session has ended',
  overSaid: 'Sign in again to go on: the page stays as it is, and what you have typed too.',
  signOut: 'Sign out',
  signedOut: 'Signed out',
  confirm: 'Confirm that it is you',
  confirmSaid:
    'What you are about to do needs a fresh look at who you are. It holds for ten minutes.',
  confirmAct: 'Confirm and go on',
  confirmWith: (provider: string) => `Confirm with ${provider}`,
  confirmWithSaid: (provider: string) =>
    `${provider} opens in a tab of its own. Come back here when you are done: this page goes on by itself.`,
  confirmHost: 'Sign in again at the application around this, then come back here.',
  confirmWrong: 'This is not your password.',
  confirmDone: 'I have confirmed',
  invitation: 'Welcome to Keyturn',
  invitationSaid: 'Choose a password for your account. The link that you have opened works once.',
  invitationNone: 'This link is not whole',
  invitationNoneSaid:
    'Open it as it was sent to you, with all that follows the # in it. If it has been used, ask for a new one.',
  name: 'Your name',
  newPassword: 'New password',
  newPasswordHint: 'At least 12 characters. A sentence is easy to keep in mind.',
  again: 'The same again',
  notSame: 'The two are not the same.',
  join: 'Set the password and sign in',
  roles: {
    viewer: 'Viewer',
    operator: 'Operator',
    admin: 'Admin',
    auditor: 'Auditor',
  },
} as const;
