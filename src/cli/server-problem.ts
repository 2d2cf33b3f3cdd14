/** What a server answered instead of what was asked for (RFC 9457): the cause of our own fault. */
export class ServerProblem extends Error {
  readonly document: object;
  constructor(document: object) {
    super('The server answered with a problem document.');
    this.document = document;
  }
}
