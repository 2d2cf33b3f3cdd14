import type { KeyId } from '../keys/id.js';
import type { KeyNoticeKind } from './facts.js';
import { de } from './messages/de.js';
import { en } from './messages/en.js';
import type { Language, Role } from './messages/language.js';
import { type Digest, type ItemOf, type KeyNotice, type Notice, severityOf } from './notice.js';
import { canonicalLocales, type Reader, type Say, sayIn } from './say.js';

/** A key, as a message shows it. */
export interface MessageKey {
  readonly id: KeyId;
  readonly name: string;
  readonly hint: string;
  readonly detail: string;
}

/**
 * What is said, before any channel has given it its form. Plain text throughout: whoever writes
 * markup encodes it. It holds no link, so that no channel but the mail can show one.
 * @public
 */
export interface Message {
  readonly notice: Notice;
  readonly severity: 'info' | 'warning' | 'critical';
  /** Of the texts, BCP 47: one of `languages`. */
  readonly language: string;
  /** The reader's own, which may be one that only a template has. */
  readonly locale: string | null;
  /** One line. */
  readonly headline: string;
  readonly paragraphs: readonly string[];
  readonly keys: readonly MessageKey[];
  /** What was left out of `keys`, in a line; undefined: nothing. */
  readonly more: string | undefined;
  /** What an operator types next; an owner has no command line. */
  readonly command: string | undefined;
  readonly footer: string;
  /** Labels of the parts, in the same language. */
  readonly words: Language['words'];
}

const LANGUAGES: Readonly<Record<string, Language>> = { en, de };
const FALLBACK = 'en';
/** A message is read by a person, and chat refuses a long one: the rest is counted. */
const MAX_KEYS_SHOWN = 50;
/** But every link has to be in the only mail that has it. An owner with more gets the first of them. */
const MAX_LINKS_SHOWN = 1_000;

/** The languages that have texts of their own. */
export const languages: readonly string[] = Object.keys(LANGUAGES);

/** Puts a notice into words. */
export function messageOf(notice: Notice, reader: Reader & { readonly role: Role }): Message {
  const name = languageFor(reader.locale, languages);
  const language = LANGUAGES[name] ?? en;
  const say = sayIn(name, reader);
  const words =
    notice.kind === 'digest'
      ? digestWords(notice, language, say)
      : keyWords(notice, { language, say, role: reader.role });
  const { isEmergency } = notice;
  return {
    notice,
    severity: severityOf(notice),
    language: name,
    locale: reader.locale,
    ...words,
    headline: isEmergency ? language.emergency(words.headline) : words.headline,
    command: reader.role === 'operator' ? commandFor(notice) : undefined,
    footer: language.footer(say.name(notice.keyspace.name), reader.role),
    words: language.words,
  };
}

/**
 * Of the languages that there are, the one for a locale: itself, then what is left when its last
 * parts are dropped (RFC 4647 §3.4), then English.
 */
export function languageFor(locale: string | null, available: readonly string[]): string {
  const [wanted = FALLBACK] = canonicalLocales(locale);
  const parts = wanted.split('-');
  for (let length = parts.length; length > 0; length -= 1) {
    const shorter = parts.slice(0, length).join('-');
    if (available.includes(shorter)) return shorter;
  }
  return FALLBACK;
}

type Words = Pick<Message, 'headline' | 'paragraphs' | 'keys' | 'more'>;

interface Speaking {
  readonly language: Language;
  readonly say: Say;
}

interface SpeakingTo extends Speaking {
  readonly role: Role;
}

function keyWords<Kind extends KeyNoticeKind>(
  notice: KeyNotice<Kind>,
  { language, say, role }: SpeakingTo,
): Words {
  const items: readonly ItemOf<Kind>[] = notice.items;
  const wording = language.notices[notice.kind];
  const bound = notice.kind === 'claim_link' ? MAX_LINKS_SHOWN : MAX_KEYS_SHOWN;
  const shown = items.slice(0, bound).map((item) => ({
    id: item.id,
    name: say.name(item.name),
    hint: say.name(item.hint),
    detail: wording.detail(item, say),
  }));
  return {
    headline: wording.headline(items, say),
    paragraphs: wording.paragraphs(items, say, role),
    keys: shown,
    more: moreThan(shown.length, items.length, { language, say }),
  };
}

function digestWords(digest: Digest, language: Language, say: Say): Words {
  const noticeCount = digest.parts.reduce((sum, part) => sum + part.noticeCount, 0);
  const keyCount = digest.parts.reduce((sum, part) => sum + part.keyCount, 0);
  const keys = digest.parts.flatMap((part) =>
    part.firstKeys.map((key) => ({
      id: key.id,
      name: say.name(key.name),
      hint: say.name(key.hint),
      detail: language.kindNames[part.kind],
    })),
  );
  const shown = keys.slice(0, MAX_KEYS_SHOWN);
  return {
    headline: language.digest.headline(noticeCount, say),
    paragraphs: digest.parts.map((part) =>
      language.digest.part(language.kindNames[part.kind], { ...part, say }),
    ),
    keys: shown,
    more: moreThan(shown.length, keyCount, { language, say }),
  };
}

function moreThan(shown: number, all: number, { language, say }: Speaking): string | undefined {
  return all > shown ? language.more(all - shown, say) : undefined;
}

function commandFor(notice: Notice): string | undefined {
  if (notice.kind === 'digest') return 'keyturn rotation list';
  const [first] = notice.items;
  if (first === undefined) return undefined;
  if (notice.kind === 'self_rotation') {
    return `keyturn key rotate ${first.id} --compromised --reason REASON --deliver claim`;
  }
  if (notice.kind === 'needs_approval') return `keyturn rotation approve ${rotationOf(first)}`;
  if (notice.kind === 'not_started') return 'keyturn events list --type rotation.not_started';
  if (notice.kind === 'owner_unreachable') return 'keyturn notice list --state dead';
  const rotationId = rotationOf(first);
  return rotationId === undefined
    ? `keyturn key show ${first.id}`
    : `keyturn rotation show ${rotationId}`;
}

function rotationOf(item: KeyNotice['items'][number]): string | undefined {
  return 'rotationId' in item ? (item.rotationId ?? undefined) : undefined;
}
