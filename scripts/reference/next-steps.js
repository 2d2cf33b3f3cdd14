// What to do about each fault: for who runs Keyturn or writes against the library. The short form for
// callers of the HTTP API stands beside the status, in src/http/codes.ts.

/** @type {Readonly<Record<string, string>>} */
export const NEXT_STEPS = {
  invalid_request:
    'Mend what `errors` names: each entry has a JSON pointer, what is wrong and a `fix`. On the command line, `--help` after the command.',
  unprocessable:
    'The request was understood; a value cannot be accepted. `errors` names each, with a `fix`.',
  not_found:
    'Look at the id, and at the keyspace: a management key that is bound to keyspaces sees no other. `keyturn key list`, `keyturn keyspace list` and `keyturn owner list` show what there is.',
  forbidden:
    'Use a caller that has the right itself. A management key can only make, change or end keys whose rights it covers.',
  unauthenticated:
    'The management key that asked was revoked, changed or expired while it asked. Nothing was changed. Ask again with a key that is active.',
  version_conflict:
    'Read the thing again, apply the change to what it is now, and send its new version.',
  state_conflict:
    'Read the thing again: its state says what is possible. A revoked key stays revoked; only a revoked key can be deleted.',
  already_exists: 'Choose another name, prefix or id, or use the one that is there.',
  partly_done:
    'A fault came halfway through a call that makes several changes (`cause`, and the code in the message). What was changed stays; nothing says that nothing changed. Repeat the call: it does the rest.',
  rotation_open:
    'A key has one rotation at a time. `keyturn rotation list --open` shows it: finish it, roll it back or abort it; in an emergency `keyturn key rotate ID --compromised --reason R` ends it.',
  idempotency_mismatch:
    'One `Idempotency-Key` stands for one request. Take a new one for a new request.',
  idempotency_in_flight:
    'Wait for the first call; then repeat it with the same `Idempotency-Key` to get its answer.',
  setup_refused:
    'The link was used, is older than 30 minutes, or a management key exists already. Make a key with access to the database: `keyturn key create --keyspace keyturn --name root --scope "*"`.',
  claim_refused:
    'The link was used, is too old, or never was. Who made it makes a new one: `keyturn rotation retry ID`. If the person it was for has not opened it, somebody else has: that command discards the secret while nobody uses it.',
  sign_in_refused:
    'Nobody has this mail address and this password. Who has forgotten the password gets a new link from an admin, or from who has access to the database: `keyturn person invite ID`.',
  provider_unavailable:
    'Try again in a moment. If it stays so, look at the log, and at `signIn.providers` of the configuration: issuer, client id and secret.',
  too_many_tries:
    'There were too many wrong passwords for this account or from this address. Wait as long as `retryAfter` says; from an address that has not guessed, the right password is let in at once.',
  invitation_refused:
    'The link was used, is older than 7 days, or a newer one took its place. `keyturn person invite ID` makes another.',
  session_ended:
    'The session was ended, has lasted 7 days, or was not used for 8 hours. Sign in again.',
  confirmation_required:
    'What was asked needs the password once more, or the provider: ask `POST /v1/session/confirm`, then repeat it within 10 minutes.',
  cross_site:
    'A page of another origin asked, or the pages were opened at another address than `publicUrl` says. Behind a proxy that speaks TLS, set `publicUrl`, or `trustedHops`.',
  store_unavailable:
    'Look at the database: does it run, can it be reached, is a file locked by another program? `keyturn doctor` says which. A change may or may not have been made: look before you repeat it, or repeat it with the same `Idempotency-Key`.',
  store_unwritable:
    'Make room on the disk, or give the process the right to write the database file and its folder. `keyturn doctor` shows both. Checks of known keys go on meanwhile.',
  store_corrupt:
    'Keep the file as it is. Check that the address names the right file; if it does, restore a backup.',
  store_frozen:
    'Wait until `keyturn move` is done, and point Keyturn to the new database. If it was ended half-way, run it again; to stay with this database, run `keyturn move --from URL --cancel`. Checks go on meanwhile.',
  store_moved:
    'Give the address in the message to every server and application (`KEYTURN_DATABASE`), and restart them. The old database stays as it is.',
  store_quarantined:
    'A backup was put back. `keyturn quarantine show` says which changes are lost; revoke again what was revoked since, then run `keyturn quarantine release --reason R`. Until then every check is `unavailable`.',
  schema_uninitialised:
    'A PostgreSQL database is initialised by `keyturn migrate`, and by nothing else. If it was initialised before, the address names another database.',
  schema_newer:
    'A newer Keyturn has migrated this database. Install that version: `npm install keyturn@latest`.',
  schema_older: 'Run `keyturn migrate`; it says first which instances are running.',
  database_in_use:
    'Stop the other server, or give this one a file of its own. Several servers share a PostgreSQL database. `keyturn doctor` names the process that holds the file.',
  dependency_missing:
    'Type the line in the message: `npm install pg` for PostgreSQL, `npm install @photostructure/sqlite` for SQLite on Node 20.',
  config_invalid:
    'Mend every fault that the message lists. `keyturn config print` shows each setting and where it comes from.',
  closed: 'This Keyturn was closed. Make a new one, or call `close()` later.',
  internal:
    'This is a defect of Keyturn. Look for the `Request-Id` in the log, and report it with what you find there.',
};
