import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, totalmem, type } from 'node:os';
import process from 'node:process';

const GIB = 2 ** 30;

/**
 * The machine a figure was taken on, without anything that names it.
 * @typedef {{ cpu: string, cores: number, memoryGiB: number, os: string, node: string,
 *   loadBefore: number }} Machine
 */

/** @returns {Machine} */
export function describeMachine() {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / GIB),
    os: distribution() ?? type(),
    node: process.versions.node,
    loadBefore: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  };
}

/** As https://www.freedesktop.org/software/systemd/man/os-release.html has it. */
function distribution() {
  try {
    const text = readFileSync('/etc/os-release', 'utf8');
    return /^PRETTY_NAME="?([^"\n]+)"?$/m.exec(text)?.[1];
  } catch {
    return undefined; // No Linux.
  }
}
