// A program of a customer: it asks without a pause, with the key that stands in its dotenv file. With
// `reloads` it reads the file again once a second; without, once. Its input ends it, and it says
// what it was answered: how often each status, and with how many keys.
import { readFileSync, writeSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';

const [url = '', file = '', variable = '', how = ''] = process.argv.slice(2);
const counts: Record<string, number> = {};
const hints = new Set<string>();
let isOver = false;
process.stdin.once('data', () => {
  isOver = true;
});

function keyIn(): string {
  const line = readFileSync(file, 'utf8')
    .split('\n')
    .find((one) => one.startsWith(`${variable}=`));
  return line?.slice(variable.length + 1) ?? '';
}

const HELD_MS = 1_000; // As a program that looks whether its file has changed.
let key = keyIn();
let readAt = performance.now();
while (!isOver) {
  if (how === 'reloads' && performance.now() - readAt > HELD_MS) {
    key = keyIn();
    readAt = performance.now();
  }
  hints.add(key.slice(0, 16));
  const outcome = await fetch(url, { headers: { 'x-api-key': key } }).then(
    async (answer) => {
      await answer.arrayBuffer();
      return String(answer.status);
    },
    (fault: Error) => fault.message,
  );
  counts[outcome] = (counts[outcome] ?? 0) + 1;
  await setTimeout(20); // Twenty of them are load enough for one machine.
}
writeSync(1, `${JSON.stringify({ counts, keys: hints.size })}\n`);
process.exit(0);
