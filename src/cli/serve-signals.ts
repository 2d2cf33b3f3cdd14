const EXIT_BY_SIGNAL = { SIGINT: 130, SIGTERM: 143 } as const; // 128 and the signal's number.

/** Aborted by the first SIGTERM or SIGINT; a second one ends the process at once. */
export function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(EXIT_BY_SIGNAL[signal]);
      stop.abort();
    });
  }
  return stop.signal;
}

/** Waits until the process is told to stop. */
export function stopped(stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (stop.aborted) resolve();
    else stop.addEventListener('abort', () => resolve(), { once: true });
  });
}
