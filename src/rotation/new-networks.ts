import { KeyturnError } from '../errors.js';
import type { KeyId } from '../keys/id.js';
import type { KeyspaceRecord } from '../keys/keyspace.js';
import type { Act } from '../lifecycle/context.js';
import { type ConsumerCount, OTHERS } from '../store/consumers.js';
import type { OutboxRecord } from '../store/notices.js';
import { policyOf } from './policies.js';
import { termsIn } from './policy-record.js';
import { networkNotices } from './use-notices.js';

/** Who calls from more networks than these is on the move: another one says nothing. */
const MAX_NETWORKS = 20;
const MAX_KNOWN = 100_000; // Pairs of key and network; then they are asked for anew.
const PAGE_SIZE = 200;
const RECHECK_MS = 60_000; // How soon a policy counts that tells somebody as the first.

/** A use from a network that is not known here to be one of its key. */
type Fresh = ConsumerCount & { readonly network: string };

/**
 * Tells of the networks that keys are used from for the first time, before that use is written
 * down: whoever dies in between finds it new again. No check waits for it.
 * @public
 */
export class NewNetworks {
  readonly #act: Act;
  readonly #known = new Map<KeyId, Set<string>>();
  #knownCount = 0;
  #isAnybodyTold = false;
  #checkedAt = Number.NEGATIVE_INFINITY;

  constructor(act: Act) {
    this.#act = act;
  }

  /** @throws {StoreUnavailableError} it waits for the store, as the uses do. */
  async look(counts: readonly ConsumerCount[]): Promise<void> {
    const fresh = counts.flatMap((use): readonly Fresh[] => {
      const { network, id } = use.consumer;
      if (network === null || id === OTHERS.id || use.outcome !== 'valid') return [];
      return this.#known.get(use.keyId)?.has(network) ? [] : [{ ...use, network }];
    });
    if (fresh.length === 0 || !(await this.#isToTell())) return;
    for (let start = 0; start < fresh.length; start += PAGE_SIZE) {
      await this.#lookAt(fresh.slice(start, start + PAGE_SIZE));
    }
  }

  async #lookAt(fresh: readonly Fresh[]): Promise<void> {
    const { store } = this.#act.lifecycle;
    const seen = await store.notices.networksOf([...new Set(fresh.map(({ keyId }) => keyId))]);
    const isNew = ({ keyId, network }: Fresh) => {
      const networks = seen.get(keyId);
      // The first use of all is from somewhere, too.
      if (networks === undefined || networks.size >= MAX_NETWORKS) return false;
      return !networks.has(network);
    };
    const notices = await this.#noticesOf(fresh.filter(isNew));
    await store.notices.insertNotices(notices);
    for (const { keyId, network } of fresh) this.#remember(keyId, network);
  }

  async #noticesOf(uses: readonly Fresh[]): Promise<readonly OutboxRecord[]> {
    if (uses.length === 0) return [];
    const { store } = this.#act.lifecycle;
    const keyspaces = new Map((await store.listKeyspaces()).map((one) => [one.id, one]));
    const notices: OutboxRecord[] = [];
    for (const use of uses) {
      const keyspace = keyspaces.get(use.keyspaceId);
      if (keyspace !== undefined) notices.push(...(await this.#noticesFor(keyspace, use)));
    }
    return notices;
  }

  async #noticesFor(keyspace: KeyspaceRecord, use: Fresh): Promise<readonly OutboxRecord[]> {
    const key = await this.#act.lifecycle.store.getKey(use.keyId, [keyspace.id]);
    if (key === undefined) return [];
    try {
      const terms = await policyOf(this.#act, key);
      const writes = networkNotices(this.#act, { key, keyspace, terms }, use);
      return writes.flatMap((write) => (write.kind === 'insert_notices' ? write.notices : []));
    } catch (error) {
      // A key without a policy that can be read tells nobody; its uses are written all the same.
      if (!(error instanceof KeyturnError) || error.code === 'store_unavailable') throw error;
      return [];
    }
  }

  /** Where no policy tells anybody, nothing is asked. */
  async #isToTell(): Promise<boolean> {
    const nowMs = this.#act.lifecycle.ports.clock.monotonicMs();
    if (nowMs < this.#checkedAt + RECHECK_MS) return this.#isAnybodyTold;
    this.#isAnybodyTold = await this.#isAnyPolicyTelling();
    this.#checkedAt = nowMs;
    return this.#isAnybodyTold;
  }

  async #isAnyPolicyTelling(): Promise<boolean> {
    const { store } = this.#act.lifecycle;
    for (const { id } of await store.listKeyspaces()) {
      let after: string | null = null;
      do {
        const policies = await store.listPolicies(id, { after, limit: PAGE_SIZE });
        if (policies.some(isTelling)) return true;
        after = policies.length < PAGE_SIZE ? null : (policies.at(-1)?.name ?? null);
      } while (after !== null);
    }
    return false;
  }

  #remember(keyId: KeyId, network: string): void {
    const networks = this.#known.get(keyId) ?? new Set();
    if (networks.has(network)) return;
    if (this.#knownCount >= MAX_KNOWN) {
      this.#known.clear();
      this.#knownCount = 0;
    }
    this.#known.set(keyId, networks.add(network));
    this.#knownCount += 1;
  }
}

/** A damaged one is told of where it is used. */
function isTelling(policy: Parameters<typeof termsIn>[0]): boolean {
  try {
    return (termsIn(policy).notify?.channels ?? []).length > 0;
  } catch {
    return false;
  }
}
