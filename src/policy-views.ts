import type { UpdateOptions, WriteOptions } from './public.js';
import type { List, PageQuery } from './views.js';

// Policies, as the library, the HTTP API and the command line show them. Durations are texts like
// `7d`, `12h` or `5m`.

/** On what terms a secret is replaced. What is absent is as in the built-in policy. */
export interface PolicyPatch {
  readonly overlap?:
    | {
        /** Both are accepted at least so long, whatever the evidence. Default 0s. */
        readonly min?: string | undefined;
        /** By how much `extend` moves the deadline. Default 7d. */
        readonly soft?: string | undefined;
        /** The deadline, from the delivery. Default 30d. */
        readonly hard?: string | undefined;
        /** What happens at it. Default `hold`. */
        readonly atHard?: 'hold' | 'extend' | 'revoke' | undefined;
      }
    | undefined;
  readonly evidence?:
    | {
        readonly require?: readonly ('E1' | 'E2' | 'E3' | 'E4' | 'E5')[] | undefined;
        /** How far back consumers count. Default 35d. */
        readonly baseline?: string | undefined;
        /** How much of the record may be lost with instances that died. Default 60s. */
        readonly gaps?: string | undefined;
        /** For how long a disabled old secret can be brought back. Default 24h. */
        readonly undo?: string | undefined;
        /**
         * By what consumers are told apart. Default `client`. By `network`, those of one network that
         * send no `X-Client-Id` are one consumer.
         */
        readonly group?: 'client' | 'network' | undefined;
      }
    | undefined;
  /** Default: none. */
  readonly brownouts?:
    | {
        /** From the delivery. */
        readonly after: string;
        /** At most 5m each. */
        readonly for: string;
        /** One brown-out each, a day apart: the part of the checks that is refused, in percent. */
        readonly share: readonly number[];
      }
    | null
    | undefined;
  readonly claim?:
    | {
        /** How long a link waits to be opened. Default 30d. */
        readonly close?: string | undefined;
        /**
         * When who is to open it is reminded, from the announcement: ascending, each shorter than `close`.
         * Default 3d, 7d and 14d, as far as they are.
         */
        readonly remind?: readonly string[] | undefined;
        /**
         * What happens at the close. `hold`, the default: a person is asked. `disable`: the old secret is
         * disabled, unless it is in use, and `undo` brings it back for the grace.
         */
        readonly unclaimed?: 'hold' | 'disable' | undefined;
      }
    | undefined;
  readonly approval?: { readonly approvers: number } | null | undefined;
  /** Whether a consumer may replace its own secret. Default false. */
  readonly selfRotation?: boolean | undefined;
}

export interface PolicyInput extends PolicyPatch {
  readonly name: string;
  /** Name or id; `default` if absent. */
  readonly keyspace?: string | undefined;
}

/** What a policy says, whole. */
export interface PolicyTerms {
  readonly overlap: {
    readonly min: string;
    readonly soft: string;
    readonly hard: string;
    readonly atHard: 'hold' | 'extend' | 'revoke';
  };
  readonly evidence: {
    readonly require: readonly ('E1' | 'E2' | 'E3' | 'E4' | 'E5')[];
    readonly baseline: string;
    readonly gaps: string;
    readonly undo: string;
    readonly group: 'client' | 'network';
  };
  readonly brownouts: {
    readonly after: string;
    readonly for: string;
    readonly share: readonly number[];
  } | null;
  readonly claim: {
    readonly close: string;
    readonly remind: readonly string[];
    readonly unclaimed: 'hold' | 'disable';
  };
  readonly approval: { readonly approvers: number } | null;
  readonly selfRotation: boolean;
}

/** A policy of a keyspace. */
export interface Policy extends PolicyTerms {
  readonly name: string;
  readonly keyspace: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly version: number;
}

/** A policy, and how many keys name it. */
export interface PolicyInUse extends Policy {
  /** Keys that name it and are not revoked; no more than 10 000 are counted. */
  readonly keyCount: number;
}

export interface PolicyQuery extends PageQuery {
  readonly keyspace?: string | undefined;
}

/** On what terms secrets are replaced. A key without a policy follows the one named `default`. */
export interface Policies {
  create(input: PolicyInput, options?: WriteOptions): Promise<Policy>;
  get(name: string, where?: InKeyspace): Promise<PolicyInUse>;
  list(query?: PolicyQuery): List<Policy>;
  /** What is open keeps the terms it began with. */
  update(name: string, patch: PolicyPatch, options?: UpdateOptions & InKeyspace): Promise<Policy>;
  /** Refused while keys name it that are not revoked. */
  delete(name: string, options?: UpdateOptions & InKeyspace): Promise<void>;
}

/** Name or id of a keyspace; `default` if absent. */
interface InKeyspace {
  readonly keyspace?: string | undefined;
}
