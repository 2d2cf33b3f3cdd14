/** How far back, as the API takes it. */
export const PERIODS = ['1h', '24h', '7d', '30d'] as const;

/** Which events. */
export interface AuditSearch {
  readonly keyspace?: string | undefined;
  readonly type?: string | undefined;
  readonly subject?: string | undefined;
  readonly from?: (typeof PERIODS)[number] | undefined;
  readonly cursor?: string | undefined;
}
