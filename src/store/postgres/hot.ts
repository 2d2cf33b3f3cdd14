import type { Pool } from 'pg';
import type { Digest } from '../../keys/digest.js';
import type { FoundSecret } from '../found-secret.js';
import { findByDigestSql } from '../sql/found-secret.js';
import type { Address } from './address.js';
import { postgresFault } from './faults.js';
import type { Gate } from './gate.js';

const TEXT = findByDigestSql('$1');

interface HotOptions {
  readonly pool: Pool;
  readonly gate: Gate;
  readonly address: Address;
}

/** The statement of every check, prepared once a connection: named ones take half the time. */
export class HotStatements {
  readonly #pool: Pool;
  readonly #gate: Gate;
  readonly #where: string;
  readonly #name: { readonly name?: string };

  constructor({ pool, gate, address }: HotOptions) {
    const { where, hasOwnConnections } = address;
    this.#pool = pool;
    this.#gate = gate;
    this.#where = where;
    this.#name = hasOwnConnections ? { name: 'keyturn_find_by_digest' } : {};
  }

  async findByDigest(digest: Digest): Promise<FoundSecret | undefined> {
    this.#gate.enter();
    const query = { ...this.#name, text: TEXT, values: [digest] };
    try {
      return (await this.#pool.query<FoundSecret>(query)).rows[0];
    } catch (fault) {
      throw postgresFault(fault, this.#where);
    } finally {
      this.#gate.leave();
    }
  }
}
