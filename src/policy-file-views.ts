import type { PolicyTerms } from './policy-views.js';
import type { ProbePlan } from './probe-views.js';

/** A policy file: YAML, a document each, names in `snake_case`. */
export interface PolicyFile {
  readonly file: string;
  /** Of the policies that name none: name or id; `default` if absent. */
  readonly keyspace?: string | undefined;
}

export interface PolicyFileToApply extends PolicyFile {
  /** Says what would change, and changes nothing. */
  readonly dryRun?: boolean | undefined;
}

/** A field of a policy that changes: its path, as `schedule.every`. */
export interface PolicyChange {
  readonly field: string;
  /** Null: it is new. */
  readonly before: string | null;
  readonly after: string | null;
}

/** What a policy file does to one policy. */
export interface AppliedPolicy {
  readonly policy: PolicyTerms & { readonly name: string; readonly keyspace: string };
  readonly action: 'created' | 'changed' | 'unchanged';
  readonly changes: readonly PolicyChange[];
  /** Keys that follow it and are not revoked; no more than 10 000 are counted. */
  readonly keyCount: number;
  /** What it says and cannot keep, in words for people. */
  readonly warnings: readonly string[];
}

export interface AppliedPolicies {
  readonly policies: readonly AppliedPolicy[];
  readonly dryRun: boolean;
}

/** When a key is due, and why then. */
export interface DueTime {
  /** Of several that one rotation is for, the last. */
  readonly dueAt: string;
  /** When its rotation begins. */
  readonly startAt: string;
  readonly reasons: readonly string[];
  /** Null: a key that would be made now. */
  readonly key: { readonly id: string; readonly name: string } | null;
}

/** What would become of a key that is old or unused, if nobody does anything until then. */
export interface ExpiryTime {
  readonly at: string;
  readonly what: 'past_policy' | 'unused' | 'disabled';
  readonly key: { readonly id: string; readonly name: string };
  /** Why it is not disabled then after all: nobody would be warned. Null: nothing keeps it. */
  readonly held: string | null;
}

/** What a policy would do. */
export interface PolicyTrial extends AppliedPolicy {
  /** The next ten of all its keys; empty: it has no schedule. */
  readonly due: readonly DueTime[];
  /** The next ten of all its keys that are told of or disabled for their age or want of use. */
  readonly expiry: readonly ExpiryTime[];
  /** Looked at without a secret, and nobody is asked. Null: it has none. */
  readonly probe: ProbePlan | null;
}

export interface PolicyTrials {
  readonly policies: readonly PolicyTrial[];
}
