import type { Request, RequestHandler } from 'express';
import { onTestFinished } from 'vitest';
import { type GuardOptions, requireKey } from '../../src/guards/express.js';
import type { Keyturn } from '../../src/public.js';
import { createTestKeyturn, type TestKeyturn, type TestOptions } from '../../src/testing.js';
import type { VerifiedKey } from '../../src/verdict.js';
import type { KeyInput } from '../../src/views.js';
import { type ExpressModule, type Host, listen } from './hosts.js';

export type Options = GuardOptions<Request>;

/** A Keyturn that ends with the test. */
export async function startKeyturn(options: TestOptions = {}): Promise<TestKeyturn> {
  const keyturn = await createTestKeyturn(options);
  onTestFinished(() => keyturn.close());
  return keyturn;
}

/** A new key's plaintext; its owner is `acme`. */
export async function plaintextOf(
  keyturn: Keyturn,
  input: Partial<KeyInput> = {},
): Promise<string> {
  const made = await keyturn.keys.create({ name: 'Acme CI', owner: 'acme', ...input });
  return made.plaintext;
}

/** A host with one guarded route, and what came of it. */
export interface GuardedHost extends Host {
  /** `GET /reports/{id}`, by default of report 7. */
  readonly ask: (headers?: Record<string, string>, id?: string) => Promise<Response>;
  /** The key of each request that was admitted. */
  readonly admitted: readonly (VerifiedKey | undefined)[];
  /** What reached Express's error handling. */
  readonly faults: readonly unknown[];
}

export async function startHost(
  express: ExpressModule,
  keyturn: Keyturn,
  options?: Options,
): Promise<GuardedHost> {
  const app = express();
  const admitted: (VerifiedKey | undefined)[] = [];
  const faults: unknown[] = [];
  const guard = watched(requireKey(keyturn, options), (fault) => faults.push(fault));
  app.get('/reports/:id', guard, (req, res) => {
    admitted.push(req.apiKey);
    res.json({ owner: req.apiKey?.owner ?? null });
  });
  const host = await listen(app);
  onTestFinished(() => host.close());
  const ask = (headers: Record<string, string> = {}, id = '7') =>
    fetch(`${host.url}/reports/${id}`, { headers });
  return { ...host, ask, admitted, faults };
}

/** The same, and tells what it throws or passes on as a fault. */
function watched(guard: RequestHandler, onFault: (fault: unknown) => void): RequestHandler {
  return (req, res, next) => {
    const passOn = (fault?: unknown) => {
      if (fault !== undefined) onFault(fault);
      next(fault);
    };
    try {
      guard(req, res, passOn);
    } catch (fault) {
      passOn(fault);
    }
  };
}
