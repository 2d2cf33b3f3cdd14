import type { Digest } from '../keys/digest.js';
import type { PersonId, SessionId } from '../keys/id.js';
import type { Role } from '../keys/role.js';
import type { SessionRecord } from './people.js';

export interface PeopleTables {
  people: PeopleTable;
  identities: IdentitiesTable;
  sessions: SessionsTable;
  invitations: InvitationsTable;
  sign_in_tries: SignInTriesTable;
}

export interface PeopleTable {
  id: PersonId;
  name: string;
  email: string;
  email_key: string;
  role: Role;
  /** A list in JSON; null: every one. */
  keyspaces: string | null;
  password: string | null;
  signed_in_at: number | null;
  created_at: number;
  updated_at: number;
  version: number;
}

interface IdentitiesTable {
  issuer: string;
  subject: string;
  person_id: PersonId;
  created_at: number;
}

export interface SessionsTable {
  id: SessionId;
  digest: Digest;
  person_id: PersonId;
  method: SessionRecord['method'];
  provider: string | null;
  agent: string | null;
  created_at: number;
  seen_at: number;
  confirmed_at: number | null;
  expires_at: number;
}

interface InvitationsTable {
  digest: Digest;
  person_id: PersonId;
  expires_at: number;
}

/** Wrong passwords, by a digest of where. */
interface SignInTriesTable {
  place: string;
  count: number;
  last_at: number;
}
