// In an application of its own: npm install keyturn next react react-dom (before Node 22.13 also
// @photostructure/sqlite), then npx next dev.
import { createKeyturn } from 'keyturn';
import { sharedKeyturn } from 'keyturn/next';

const { KEYTURN_DATABASE: database = 'sqlite:./keyturn.db' } = process.env;

/**
 * Made by the first request, so a build takes nothing; kept when a development server reloads.
 * @public
 */
export const keyturn = sharedKeyturn(
  () => createKeyturn({ database, basePath: '/keyturn', log: console }), // It says why one stays shut.
);
