import type { RotateInput, Rotation, RotationVerb } from '../../src/rotation-views.js';
import type { Key } from '../../src/views.js';
import type { Fleet } from '../setup/fleet.js';
import { HeldRotations } from '../setup/rotations.js';
import { Places } from './places.js';

/** A consumer of the key, from before it is rotated. */
const CLIENT = { address: '203.0.113.7', userAgent: 'report/1' };
const NO_SCOPE = { scopes: ['nobody:has'] };

/** What the people about a key know: what was answered to them, whoever died since. */
export interface Known {
  readonly id: string;
  readonly first: string;
  /** New secrets, and tokens of links, in the order in which they were answered. */
  readonly shown: string[];
  readonly links: string[];
}

/** What somebody was answered: a new secret, or the token of a link. */
export interface Heard {
  readonly shown?: string;
  readonly link?: string;
}

/** The people about a key that is rotated. Each of their words may be the last of an instance. */
export class People {
  readonly fleet: Fleet;
  readonly known: Known;
  readonly places: Places;
  /** The word that is being said; the course of things is told by it. */
  word: string | undefined;
  readonly #told: (what: Heard) => void;
  readonly #time: HeldRotations;

  constructor(fleet: Fleet, known: Known, told: (what: Heard) => void = () => {}) {
    this.fleet = fleet;
    this.known = known;
    this.places = new Places(known.id);
    this.#told = told;
    this.#time = new HeldRotations(fleet);
  }

  #heard(what: Heard): void {
    if (what.shown !== undefined) this.known.shown.push(what.shown);
    if (what.link !== undefined) this.known.links.push(what.link);
    this.#told(what);
  }

  get keyturn() {
    return this.fleet.at(0).keyturn;
  }

  async pass(durationMs: number): Promise<void> {
    await this.#time.pass(durationMs);
  }

  key(): Promise<Key> {
    return this.keyturn.keys.get(this.known.id);
  }

  /** Of this key, the newest first. */
  async rotations(): Promise<readonly Rotation[]> {
    return (await this.keyturn.rotations.list({ key: this.known.id })).items;
  }

  async rotate(input: RotateInput = {}): Promise<void> {
    this.word = 'rotate';
    const answer = await this.keyturn.keys.rotate(this.known.id, input);
    if ('plaintext' in answer) this.#heard({ shown: answer.plaintext });
    if ('claim' in answer) this.#heard({ link: new URL(answer.claim.url).hash.slice(1) });
  }

  /** One of the verbs, by somebody else where nobody may agree with themselves. */
  async say(rotation: Rotation, word: RotationVerb, input: Readonly<Record<string, string>> = {}) {
    this.word = word;
    const other = this.keyturn.as({ actor: { kind: 'admin', id: 'bo' } });
    const { rotations } = word === 'approve' ? other : this.keyturn;
    const answer = await rotations[word](rotation.id, input);
    if (answer.plaintext !== undefined) this.#heard({ shown: answer.plaintext });
    if (answer.claim !== undefined) {
      this.#heard({ link: new URL(answer.claim.url).hash.slice(1) });
    }
  }

  async open(): Promise<void> {
    this.word = 'open';
    const { plaintext } = await this.keyturn.claims.open(this.known.links.at(-1) ?? '');
    this.#heard({ shown: plaintext });
  }

  /** Whoever the last link was for says that somebody else has opened it, unless they have said it. */
  async disown({ id }: Rotation): Promise<boolean> {
    const query = { subject: id, type: 'rotation.claim_disowned' } as const;
    const { items } = await this.keyturn.events.list(query);
    if (items.length > 0) return false;
    this.word = 'disown';
    await this.keyturn.claims.disown(this.known.links.at(-1) ?? '');
    return true;
  }

  /** The key's own holder asks for a new secret, by a name that is good once. */
  async rotateSelf(attempt: number): Promise<void> {
    this.word = 'rotate self';
    const asked = { plaintext: this.known.first, idempotencyKey: `${this.known.id} ${attempt}` };
    const { plaintext } = await this.keyturn.rotateSelf({ ...CLIENT, ...asked });
    if (plaintext !== undefined) this.#heard({ shown: plaintext });
  }

  async revoke(secret?: number): Promise<void> {
    this.word = secret === undefined ? 'revoke' : 'revoke a secret';
    const input = secret === undefined ? {} : { secret };
    await this.keyturn.keys.revoke(this.known.id, { ...input, reason: 'not ours' });
  }

  /** All keys with this one's tag at once. */
  async emergency(): Promise<void> {
    this.word = 'emergency';
    const input = { tag: this.known.id, compromised: true, reason: 'leaked' } as const;
    const answer = await this.keyturn.rotations.emergency(input);
    for (const item of 'items' in answer ? answer.items : []) {
      const isOurs = item.key === this.known.id && item.plaintext !== undefined;
      if (isOurs) this.#heard({ shown: item.plaintext ?? '' });
    }
  }

  /** The client works with a secret. */
  async use(plaintext = this.known.first): Promise<void> {
    await this.fleet.at(0).verify({ plaintext }, CLIENT);
  }

  /** Whether it is accepted; asking is no use of it. */
  async isAccepted(plaintext: string): Promise<boolean> {
    const verdict = await this.fleet.at(0).verify({ plaintext }, NO_SCOPE);
    return !verdict.valid && verdict.code === 'insufficient_scope';
  }

  /** Those of the new secrets that were answered and are accepted. */
  async accepted(): Promise<readonly string[]> {
    const answers = await Promise.all(this.known.shown.map((one) => this.isAccepted(one)));
    return this.known.shown.filter((_, index) => answers[index] === true);
  }
}
