/** Whether answers may be given now, and why not. */
export interface Readiness {
  readonly ready: boolean;
  /** The fault's code, where not ready; `store_frozen` where no change is taken. */
  readonly code: string | null;
  readonly detail: string | null;
}

/** One sample of the Prometheus text format. */
export interface MetricSample {
  readonly name: string;
  readonly kind: 'counter' | 'gauge';
  readonly help: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}
