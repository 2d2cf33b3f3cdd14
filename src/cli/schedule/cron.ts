import type { Printer } from './rhythm.js';

/**
 * A file for /etc/cron.d. What cron does not say by itself is said by util-linux and coreutils: one run
 * at a time, and an end to one that hangs.
 */
export const cron: Printer = (rhythm) => `\
# /etc/cron.d/keyturn: rotates what is due. Where a person is needed (4), and where the run fails, cron mails to MAILTO what was
# said; that takes a program that sends mail ("sendmail"). Put an address there that somebody reads.
SHELL=/bin/sh
PATH=/usr/local/bin:/usr/bin:/bin
MAILTO=root
# /etc/keyturn/cron.env holds the settings in single quotes, as a shell reads them: KEYTURN_DATABASE='postgres://…',
# KEYTURN_PUBLIC_URL='https://…', and what keyturn.config.json names with "env", as the seal key. Owner root, group keyturn, mode
# 0640. It runs in the home of the user "keyturn", where keyturn.config.json may stand, which says what destinations may reach. A
# run that has not ended when the next one begins goes on alone, for 15 minutes at most.
${rhythm.cron} keyturn set -a; . /etc/keyturn/cron.env; set +a; said=$(flock -n -E 0 .rotate-due.lock timeout 15m keyturn rotate --due 2>&1) || echo "keyturn rotate --due ended with $?: $said"
`;
