import type { Clock } from '../ports.js';
import type { ProbeOptions } from '../probe-options.js';
import { failed } from './call.js';
import type { CommandProbeOutside } from './command-probe.js';
import type { HttpProbeOutside } from './http-probe.js';
import { type Prober, type ProbeTerms, placeOf } from './probe.js';

/** Many keys of one policy may be due at once: whoever is asked is not to be flooded. */
const MAX_AT_ONCE = 16;

/**
 * Tries secrets as the configuration allows, on the machine itself.
 * @param options without faults, as `probeFaults` finds them. Absent: nothing may be reached.
 * @public
 */
export function proberOf(options: ProbeOptions = {}, clock: Clock): Prober {
  let opening: Promise<Outside> | undefined;
  const open = () => {
    opening ??= outsideOf(options, clock);
    return opening;
  };
  let runningCount = 0;
  return {
    async look(probe) {
      return { place: placeOf(probe), problem: await problemOf(probe, await open()) };
    },
    async run(probe, plaintext, forms) {
      if (runningCount >= MAX_AT_ONCE) return { kind: 'busy' };
      runningCount += 1;
      try {
        const outside = await open();
        if (probe.kind === 'command') {
          const { runWith } = await import('./command-probe.js');
          return await runWith(probe, plaintext, outside);
        }
        const { askWith } = await import('./http-probe.js');
        return await askWith(probe, { plaintext, forms }, outside);
      } catch {
        // What was thrown may quote the request.
        return failed('internal', 'The probe has failed by a fault of its own.');
      } finally {
        runningCount -= 1;
      }
    },
  };
}

type Outside = HttpProbeOutside & CommandProbeOutside;

async function problemOf(probe: ProbeTerms, outside: Outside): Promise<string | null> {
  if (probe.kind === 'command') {
    const { unrunnable } = await import('./command-probe.js');
    return unrunnable(probe, outside);
  }
  const { unlisted } = await import('./http-probe.js');
  return unlisted(probe, outside.hosts) ?? null;
}

/** What touches the machine is read, and made, only once there is a probe. */
async function outsideOf(
  { hosts = [], commands = {}, ca }: ProbeOptions,
  clock: Clock,
): Promise<Outside> {
  const [{ systemProcesses }, { openNetwork }, { readFile }] = await Promise.all([
    import('../outside/processes.js'),
    import('../outside/network.js'),
    import('node:fs/promises'),
  ]);
  return {
    clock,
    hosts,
    commands,
    network: openNetwork({ hosts, setting: 'probes.hosts' }),
    processes: systemProcesses(),
    authority: async () =>
      ca === undefined
        ? undefined
        : readFile(ca, 'utf8').catch(() =>
            failed('destination_auth', `${ca}, named by "probes.ca", cannot be read.`),
          ),
  };
}
