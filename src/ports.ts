import { randomFillSync } from 'node:crypto';

/** Wall and monotonic time, in milliseconds. The wall clock is UTC. */
export interface Clock {
  nowMs(): number;
  monotonicMs(): number;
}

/** The system's cryptographically secure source of randomness. */
interface Random {
  bytes(count: number): Uint8Array;
}

/** Repeats `run` until the returned function is called; never keeps a process alive. */
export interface Timers {
  every(intervalMs: number, run: () => void): () => void;
  sleep(durationMs: number): Promise<void>;
}

/**
 * The only fields a log line may have. What is not listed here is never written, so that a
 * credential has no way into a log.
 */
export interface LogFields {
  readonly room: string;
  readonly code?: string | undefined;
  readonly requestId?: string | undefined;
  readonly instanceId?: string | undefined;
  readonly actorId?: string | undefined;
  readonly keyspaceId?: string | undefined;
  readonly keyId?: string | undefined;
  readonly secretId?: string | undefined;
  readonly attempt?: number | undefined;
  readonly durationMs?: number | undefined;
}

/** A pino-shaped sink: fields first, then a constant message. */
export interface Log {
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

/** The network, as the platform has it. */
export const network = {
  fetch: (url: string, init: RequestInit): Promise<Response> => fetch(url, init),
} as const;

/** The variables of this process, where the configuration says that a credential stands in one. */
export function environment(): Readonly<Record<string, string | undefined>> {
  return process.env;
}

/** The only way out of the rooms: time, chance, timers and the log. */
export interface Ports {
  readonly clock: Clock;
  readonly random: Random;
  readonly timers: Timers;
  readonly log: Log;
}

/** The default of an embedded Keyturn: the host application decides what it logs. */
export const silentLog: Log = { info() {}, warn() {}, error() {} };

/** The real machine's ports. */
export function systemPorts(log: Log = silentLog): Ports {
  return {
    clock: { nowMs: () => Date.now(), monotonicMs: () => performance.now() },
    random: { bytes: (count) => randomFillSync(new Uint8Array(count)) },
    timers: {
      every(intervalMs, run) {
        const timer = setInterval(run, intervalMs);
        timer.unref();
        return () => clearInterval(timer);
      },
      sleep: (durationMs) => new Promise((resolve) => setTimeout(resolve, durationMs)),
    },
    log,
  };
}
