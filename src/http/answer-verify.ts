import type { Keyturn } from '../public.js';
import { statusFields, statusOf, withStatus } from '../retiring.js';
import { clientAddress, headerOf } from '../sender.js';
import type { Accepted, Refused, Verdict, VerifiedKey } from '../verdict.js';
import type { KeyspaceFacts } from '../views.js';
import { type Arrival, forwardedFacts, onlyHeaderOf } from './arrival.js';
import { checkCaller, MANAGEMENT_KEYSPACE } from './authenticate.js';
import { isJsonType, parseJson, type RawBody } from './body.js';
import { checkerOf } from './checker.js';
import type { Directory } from './directory.js';
import { AuthorizeQuery, VerifyBody } from './manage/check.js';
import type { Answer, Problems } from './problem.js';
import { projectorOf } from './project.js';
import { readQuery } from './query.js';
import { NO_FIELDS } from './route.js';
import { VerifiedKeySchema } from './schemas.js';

const PREPARED_LIMIT = 4_096; // Answers kept as text; about a kilobyte each.
const QUERY_LIMIT = 256; // Distinct queries of gateways; each of their routes has one.
const DEFAULT_KEYSPACE = 'default';
const JSON_HEADERS = { 'content-type': 'application/json' } as const;
const NO_SCOPES: readonly string[] = [];
const VERIFY_SCOPES = ['keys:verify'];

const checkBody = checkerOf(VerifyBody);
const checkQuery = checkerOf(AuthorizeQuery);
const checkNoQuery = checkerOf(NO_FIELDS);
const showKey = projectorOf(VerifiedKeySchema);

/** What a gateway asks for. */
interface Wanted {
  readonly scopes: readonly string[];
  readonly keyspace: string | undefined;
}

/** A key's answers, made once and sent as they are. */
interface Prepared {
  readonly verified: Answer;
  readonly admitted: Answer;
}

/**
 * The brain of the two hot routes: headers, text and facts in; status, headers and body out. Both
 * doors ask it, so they cannot differ. Answers without a promise while the cache is fresh.
 */
export class Checks {
  readonly #keyturn: Keyturn;
  readonly #problems: Problems;
  readonly #directory: Directory;
  readonly #prepared = new Map<Accepted, Prepared>();
  readonly #queries = new Map<string, Wanted>();

  constructor(keyturn: Keyturn, problems: Problems, directory: Directory) {
    this.#keyturn = keyturn;
    this.#problems = problems;
    this.#directory = directory;
  }

  /** `POST /v1/keys/verify`: a service asks about a key that it was shown. */
  verify(arrival: Arrival, body: RawBody): Answer | Promise<Answer> {
    return this.#safely(arrival, () => {
      const caller = checkCaller(this.#keyturn, arrival, VERIFY_SCOPES);
      return follow(caller, (verdict) => {
        if (!verdict.valid) return this.#problems.ofRefusal(verdict, MANAGEMENT_KEYSPACE);
        const answer = this.#verifyFor(verdict.key, arrival, body);
        const { secret } = verdict;
        return secret.state === 'current' ? answer : follow(answer, (on) => withStatus(on, secret));
      });
    });
  }

  /** Any method on `/v1/authorize`: a gateway passes on what the consumer sent. */
  authorize(arrival: Arrival): Answer | Promise<Answer> {
    return this.#safely(arrival, () => {
      const wanted = this.#wantedIn(arrival.search);
      if (wanted.keyspace === undefined)
        return this.#authorizeIn(DEFAULT_KEYSPACE, arrival, wanted);
      return follow(this.#directory.find(wanted.keyspace), (keyspace) => {
        // A management key opens Keyturn's own API and nothing else.
        if (keyspace === undefined || keyspace.isManagement) return this.#problems.notFound();
        return this.#authorizeIn(keyspace.name, arrival, wanted);
      });
    });
  }

  #verifyFor(caller: VerifiedKey, arrival: Arrival, raw: RawBody): Answer | Promise<Answer> {
    checkNoQuery(readQuery(NO_FIELDS, arrival.search));
    if (raw.kind === 'too_large') return this.#problems.tooLarge();
    if (!isJsonType(headerOf(arrival.headers, 'content-type'))) return this.#problems.notJson();
    const body = checkBody(parseJson(raw.bytes));
    const bounds = caller.restrictions.keyspaces;
    const check = () =>
      follow(this.#keyturn.verify(body), (verdict) => this.#verdictAnswer(verdict));
    if (body.keyspace === undefined && bounds === undefined) return check();
    return follow(this.#directory.find(body.keyspace ?? DEFAULT_KEYSPACE), (keyspace) =>
      isWithin(bounds, keyspace) ? check() : this.#problems.notFound(),
    );
  }

  #authorizeIn(keyspace: string, arrival: Arrival, { scopes }: Wanted): Answer | Promise<Answer> {
    const { trustedHops } = this.#keyturn.settings;
    const { headers } = arrival;
    const { method, uri } = forwardedFacts(arrival, trustedHops);
    const address = clientAddress(arrival, trustedHops);
    const origin = onlyHeaderOf(headers, 'origin');
    const where = { headers, url: uri, keyspace, scopes, address, method, path: uri, origin };
    const verdict = this.#keyturn.verify(where);
    return follow(verdict, (settled) =>
      settled.valid
        ? this.#preparedFor(settled).admitted
        : this.#problems.ofConsumer(settled, keyspace),
    );
  }

  #verdictAnswer(verdict: Verdict): Answer {
    if (verdict.valid) return this.#preparedFor(verdict).verified;
    if (verdict.code === 'unavailable') return this.#problems.ofRefusal(verdict, undefined);
    return { status: 200, headers: JSON_HEADERS, body: JSON.stringify(refusalOf(verdict)) };
  }

  #preparedFor(accepted: Accepted): Prepared {
    const known = this.#prepared.get(accepted);
    if (known !== undefined) return known;
    if (this.#prepared.size >= PREPARED_LIMIT) this.#prepared.clear();
    const prepared = prepare(accepted);
    this.#prepared.set(accepted, prepared);
    return prepared;
  }

  #wantedIn(search: string): Wanted {
    const known = this.#queries.get(search);
    if (known !== undefined) return known;
    const { scopes, keyspace } = checkQuery(readQuery(AuthorizeQuery, search));
    const wanted = { scopes: scopes?.split(/[ ,]/) ?? NO_SCOPES, keyspace };
    if (this.#queries.size >= QUERY_LIMIT) this.#queries.clear();
    this.#queries.set(search, wanted);
    return wanted;
  }

  /** Every fault is an answer, whether it is thrown now or later. */
  #safely(arrival: Arrival, answer: () => Answer | Promise<Answer>): Answer | Promise<Answer> {
    try {
      const given = answer();
      if (!(given instanceof Promise)) return given;
      return given.catch((error) => this.#problems.of(error, arrival.requestId));
    } catch (error) {
      return this.#problems.of(error, arrival.requestId);
    }
  }
}

/** Goes on at once with what is known, and later with what is promised. */
function follow<Value, Next>(
  value: Value | Promise<Value>,
  next: (value: Value) => Next | Promise<Next>,
): Next | Promise<Next> {
  return value instanceof Promise ? value.then(next) : next(value);
}

/** A caller bound to keyspaces sees no other; to it, and to all, what does not exist is the same. */
function isWithin(
  bounds: readonly string[] | undefined,
  keyspace: KeyspaceFacts | undefined,
): boolean {
  return keyspace !== undefined && (bounds === undefined || bounds.includes(keyspace.id));
}

/** What is said of a refused key: a key of another keyspace is unknown from outside. */
function refusalOf({ code, retryAfter, secret }: Refused): object {
  const said = { valid: false, code: code === 'wrong_keyspace' ? 'unknown' : code };
  return { ...said, ...(retryAfter !== undefined && { retryAfter }), ...statusOf(secret) };
}

function prepare(accepted: Accepted): Prepared {
  const { key, secret } = accepted;
  const said = { valid: true, key: showKey(key) };
  const body = JSON.stringify({ ...said, ...statusOf(secret) });
  // Always all three: a gateway that copies them must overwrite what a client made up.
  const headers = {
    'keyturn-key-id': key.id,
    'keyturn-owner': encodeURIComponent(key.owner ?? ''),
    'keyturn-scopes': encodeURIComponent(key.scopes.join(' ')),
  };
  const status = statusFields(secret);
  return {
    verified: { status: 200, headers: JSON_HEADERS, body },
    admitted: { status: 200, headers: { ...headers, ...status }, body: '' },
  };
}
