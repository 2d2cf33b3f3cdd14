import { askerOf, makeAdminFolder } from './admin-folder.js';
import type { Scenario, Scenarios } from './rotation-statuses.js';
import { readAnswer } from './world.js';

/** What the admin pages have to be asked for each of their statuses. */
export const adminStatuses: Scenarios = {
  'GET /admin': shown('/admin'),
  'GET /admin/{page}': { ...shown('/admin/keys'), 404: ofAdmin('/admin/favicon.ico') },
  'GET /admin/{page}/{thing}': {
    ...shown('/admin/keys/key_1'),
    404: ofAdmin('/admin/KEYS/key_1'),
  },
  'GET /admin/{page}/{thing}/{part}': {
    ...shown('/admin/keys/key_1/rotate'),
    404: ofAdmin('/admin/KEYS/key_1/rotate'),
  },
  'GET /admin/assets/{file}': {
    ...shown('/admin/assets/index-abc.js'),
    404: ofAdmin('/admin/assets/nobody.js'),
  },
};

function shown(path: string) {
  return {
    200: ofAdmin(path),
    304: ofAdmin(path, { 'if-none-match': '*' }),
    400: ofAdmin(`${path}?a=1&a=2`),
  };
}

/** Asks where the admin pages were built: here they are not. */
function ofAdmin(path: string, headers: Readonly<Record<string, string>> = {}): Scenario {
  return async ({ keyturn }) => {
    const folder = makeAdminFolder();
    try {
      return await readAnswer(await askerOf(keyturn, folder.path)(path, { headers }));
    } finally {
      folder.remove();
    }
  };
}
