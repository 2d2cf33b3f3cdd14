import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeKeyturn } from '../../src/keyturn.js';
import type { Keyturn } from '../../src/public.js';
import { Shell } from '../cli/command-line.js';
import { scaled, seed } from '../setup/scale.js';
import {
  change,
  fresh,
  type ModelChange,
  type ModelKey,
  type Outcome,
  verdictOf,
} from './model.js';

const SEQUENCES = 2; // Each change starts a process.
const WITHIN_BOUND = { timeout: 5_000, interval: 10 };
const REQUEST = { scopes: ['reports:read'] };

const changes = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom<ModelChange>({ kind: 'disable' }, { kind: 'enable' }) },
    {
      weight: 2,
      arbitrary: fc.constantFrom<ModelChange>(
        { kind: 'update', scopes: ['reports:read'] },
        { kind: 'update', scopes: ['users:read'] },
      ),
    },
    { weight: 1, arbitrary: fc.constant<ModelChange>({ kind: 'revoke' }) },
  ),
  { minLength: 3, maxLength: 6 },
);

/** What the command line is told to make a change. */
function argumentsOf(made: ModelChange, id: string): readonly string[] {
  const rest = made.kind === 'revoke' ? ['--yes'] : [];
  const scopes = made.kind === 'update' ? made.scopes : [];
  return ['key', made.kind, id, ...rest, ...scopes.flatMap((scope) => ['--scope', scope])];
}

describe('random sequences of commands beside a server on SQLite', () => {
  let shell: Shell;
  let server: Keyturn;
  let database: string;
  beforeAll(async () => {
    shell = new Shell();
    database = `sqlite:${shell.path('keyturn.db')}`;
    server = await makeKeyturn({ database });
    await server.open();
  });
  afterAll(async () => {
    await server.close();
    await shell.remove();
  });

  async function outcomeOf(plaintext: string): Promise<Outcome> {
    const verdict = await server.verify({ plaintext, ...REQUEST });
    return verdict.valid ? 'valid' : verdict.code;
  }

  /** A key that another process changes, and the server's checks of it in between. */
  async function runSequence(sequence: readonly ModelChange[]): Promise<void> {
    const { key, plaintext } = await server.keys.create({ name: 'Acme CI', ...REQUEST });
    const secret = fresh(plaintext);
    const fixed = { id: key.id, environment: key.environment, expiresAt: null, notBefore: null };
    let model: ModelKey = { ...fixed, ...REQUEST, state: 'active', secrets: [secret] };
    for (const made of sequence) {
      const expectedOf = (of: ModelKey) =>
        verdictOf(of, secret, { request: REQUEST, nowMs: Date.now() });
      expect(await outcomeOf(plaintext)).toBe(expectedOf(model)); // It is in memory from now on.
      const { key: after, answer } = change(model, made, Date.now());
      const args = [...argumentsOf(made, key.id), '--database', database];
      const ran = await shell.process(args);
      expect([args, ran.exit === 0, ran.stderr]).toEqual([args, answer === 'done', ran.stderr]);
      // The old answer or the new one, until it is the new one within the bound.
      const both = [expectedOf(model), expectedOf(after)];
      expect(both).toContain(await outcomeOf(plaintext));
      await expect.poll(() => outcomeOf(plaintext), WITHIN_BOUND).toBe(expectedOf(after));
      model = after;
    }
  }

  test('a server answers what the last command has made true', async () => {
    await fc.assert(fc.asyncProperty(changes, runSequence), {
      numRuns: scaled(SEQUENCES),
      seed: seed(),
    });
  });
});
