const encoder = new TextEncoder();

/** Answers that are under way until somebody ends them. */
export class Streams {
  readonly #open = new Set<() => void>();

  /** Ends all of them: a server that stops waits for none. */
  end(): void {
    for (const end of [...this.#open]) end();
  }

  /**
   * A body of texts, each taken when it is asked for: who reads slowly is not read ahead of. `stop`
   * ends what they come from.
   */
  bodyOf(texts: AsyncIterable<string>, stop: () => void): ReadableStream<Uint8Array> {
    const source = texts[Symbol.asyncIterator]();
    this.#open.add(stop);
    const over = () => this.#open.delete(stop);
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          const { done, value } = await source.next().catch((error: unknown) => {
            over();
            throw error;
          });
          if (done !== true) return controller.enqueue(encoder.encode(value));
          over();
          controller.close();
        },
        cancel: () => {
          over();
          stop();
          // It may wait for a change: it ends when it is woken.
          void source.return?.().catch(() => undefined);
        },
      },
      { highWaterMark: 0 },
    );
  }
}
