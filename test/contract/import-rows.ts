import { createHash } from 'node:crypto';
import type { Keyturn } from '../../src/public.js';
import type { ImportReport, ImportRow } from '../../src/views.js';
import { uniqueText } from './build.js';

/** A key as djangorestframework-api-key makes them: eight characters, a dot, and the secret. */
export const aForeignKey = (): string => `${uniqueText().slice(8)}.${uniqueText()}`;
export const prefixOf = (plaintext: string): string => plaintext.split('.')[0] ?? '';

/** As that package stores them since its release 3. */
export const sha512Of = (text: string): string =>
  `sha512$$${createHash('sha512').update(text).digest('hex')}`;

/** With a salt, and quickly made. */
export const saltedOf = (text: string): string =>
  `md5$salt$${createHash('md5').update(`salt${text}`).digest('hex')}`;

/** A row of an import. */
export function aRow(plaintext: string, fields: Partial<ImportRow> = {}): ImportRow {
  const hash = sha512Of(plaintext);
  return { id: uniqueText(), name: 'Acme CI', prefix: prefixOf(plaintext), hash, ...fields };
}

/** Imports one row, and answers what became of it. */
export async function importOne(
  keyturn: Keyturn,
  row: unknown,
): Promise<ImportReport['rows'][number]> {
  const { rows } = await keyturn.keys.import({ rows: [row] });
  const [result] = rows;
  if (result === undefined) throw new Error('The row was dropped.');
  return result;
}
