import type { Printer } from './rhythm.js';

/** A file for /etc/cron.d. */
export const cron: Printer = (rhythm) => `\
# /etc/cron.d/keyturn: rotates what is due. Mail is sent where that fails, and where a person is needed.
SHELL=/bin/sh
PATH=/usr/local/bin:/usr/bin:/bin
MAILTO=root
# /etc/keyturn/cron.env holds the settings in single quotes, as a shell reads them: KEYTURN_DATABASE='postgres://…' and
# KEYTURN_PUBLIC_URL='https://…'. Owner root, group keyturn, mode 0640. It runs in the home of the user "keyturn", where
# keyturn.config.json may stand, which says what destinations may reach.
${rhythm.cron} keyturn set -a; . /etc/keyturn/cron.env; set +a; said=$(keyturn rotate --due 2>&1) || echo "$said"
`;
