import type { PeopleStore } from '../../src/store/people.js';

/** Who may sign in, and who has, each call as `call` has it. */
export function meddledPeople(
  store: PeopleStore,
  call: <T>(run: () => Promise<T>) => Promise<T>,
): PeopleStore {
  return {
    getPerson: (id) => call(() => store.getPerson(id)),
    personByEmail: (email) => call(() => store.personByEmail(email)),
    personByIdentity: (issuer, subject) => call(() => store.personByIdentity(issuer, subject)),
    listPeople: (cut) => call(() => store.listPeople(cut)),
    countAdmins: () => call(() => store.countAdmins()),
    findSession: (digest) => call(() => store.findSession(digest)),
    getSession: (id) => call(() => store.getSession(id)),
    listSessions: (personId) => call(() => store.listSessions(personId)),
    touchSession: (id, seenAt) => call(() => store.touchSession(id, seenAt)),
    findInvitation: (digest) => call(() => store.findInvitation(digest)),
    countTry: (query) => call(() => store.countTry(query)),
    forgiveTry: (query) => call(() => store.forgiveTry(query)),
  };
}
