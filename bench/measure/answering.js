// The side of the processes that `./processes.js` starts.
import process from 'node:process';

/**
 * @typedef {object} Answering
 * @property {unknown} hello
 * @property {(question: any) => unknown} [answer]
 * @property {() => unknown} [close]
 */

/**
 * Takes the job, and then questions, until the parent lets go. `'cpu'` is answered by all: the
 * microseconds of processor time that this process has used.
 * @param {(job: any) => Promise<Answering>} begin
 */
export function answering(begin) {
  /** @type {Answering | undefined} */
  let begun;
  /** @param {unknown} question */
  const answerTo = async (question) => {
    if (begun === undefined) {
      begun = await begin(question);
      return begun.hello;
    }
    return question === 'cpu' ? cpuMicros() : begun.answer?.(question);
  };
  process.on('message', (/** @type {{ question: unknown }} */ { question }) => {
    answerTo(question).then(
      (answer) => process.send?.({ answer }),
      (error) => process.send?.({ fault: error instanceof Error ? error.stack : String(error) }),
    );
  });
  process.once('disconnect', async () => {
    await begun?.close?.();
    process.exit(); // Keep-alive connections of the load would hold it.
  });
}

function cpuMicros() {
  const { user, system } = process.cpuUsage();
  return user + system;
}
