// The types of the API that the admin pages use, out of our own description of it: dist/ has to be
// built. What is written is no part of the repository.
import { writeFileSync } from 'node:fs';
import openapiTypes, { astToString } from 'openapi-typescript';
import { root } from '../source.js';

const SAID = '// Written by the build: see scripts/admin/types.js.\n';

/** Writes them where the pages look for them. */
export async function writeTypes() {
  const { openApiOf } = await import(`${root}dist/http/openapi.js`);
  const { routes } = await import(`${root}dist/http/routes.js`);
  const description = structuredClone(openApiOf(routes, { basePath: '' }));
  const types = astToString(await openapiTypes(description));
  writeFileSync(`${root}admin/src/api/schema.ts`, `${SAID}${types}`);
}
