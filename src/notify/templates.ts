import { ConfigInvalidError, DependencyMissingError } from '../errors.js';
import { nearest } from '../nearest.js';
import { encodeHtml } from './encode.js';
import type { MailKey, MailParts } from './mail-body.js';
import { languageFor, languages, type Message } from './message.js';
import { isKind, type NoticeKind, noticeKinds } from './notice.js';
import { canonicalLocales, shownName } from './say.js';
import { placeholderFaults } from './template-faults.js';

type Mustache = typeof import('mustache').default;

/** The operator's folder; its files are read once, at the start. */
export interface TemplateFolder {
  names(): Promise<readonly string[]>;
  read(name: string): Promise<string>;
}

/**
 * Mails in an operator's own words.
 * @public
 */
export interface MailTemplates {
  /** Puts an operator's texts in the place of the built-in ones, where there are any. */
  apply(message: Message, keys: readonly MailKey[], builtIn: MailParts): MailParts;
}

const NAME = /^([a-z_]+)\.([A-Za-z0-9-]+)\.(subject\.txt|txt|html)$/;
const PART = { 'subject.txt': 'subject', txt: 'text', html: 'html' } as const;
const MAX_FILES = 1_000;
const MAX_TEMPLATE_LENGTH = 64 * 1_024; // Mail readers cut a mail of 100 kB.

type PartName = keyof MailParts;

interface Template {
  readonly file: string;
  readonly kind: NoticeKind;
  readonly locale: string;
  readonly part: PartName;
  readonly text: string;
}

/**
 * Reads the templates of `notices.templates`. They have placeholders and lists, and no code.
 * @throws {ConfigInvalidError} naming every file that is none, and every unknown placeholder.
 * @throws {DependencyMissingError} there are some, and `mustache` is not installed.
 * @public
 */
export async function readTemplates(folder: TemplateFolder): Promise<MailTemplates> {
  const names = await folder.names();
  if (names.length === 0) return templatesOf([], undefined);
  if (names.length > MAX_FILES) {
    throw new ConfigInvalidError(`"notices.templates" has more than ${MAX_FILES} files.`);
  }
  const mustache = await loadMustache();
  const faults: string[] = [];
  const templates: Template[] = [];
  for (const name of names) {
    const place = placeOf(name);
    if (typeof place === 'string') {
      faults.push(place);
      continue;
    }
    const text = await folder.read(name);
    faults.push(...faultsIn(mustache, { ...place, text }));
    templates.push({ ...place, text });
  }
  if (faults.length > 0) throw new ConfigInvalidError(faults.join('\n'));
  return templatesOf(templates, mustache);
}

/** @throws {DependencyMissingError} `mustache` is not installed. */
async function loadMustache(): Promise<Mustache> {
  try {
    return (await import('mustache')).default;
  } catch (cause) {
    throw new DependencyMissingError(
      'Templates need the package mustache. Run: npm install mustache',
      { cause },
    );
  }
}

/** Which text the file stands for, or what is wrong with its name. */
function placeOf(file: string): Omit<Template, 'text'> | string {
  const [, kind = '', written = '', ending = ''] = NAME.exec(file) ?? [];
  if (kind === '') {
    return `${file}: a template is called <notice>.<locale>.subject.txt, .txt or .html.`;
  }
  if (!isKind(kind)) {
    const meant = nearest(kind, noticeKinds);
    const hint =
      meant === undefined ? `Known are: ${noticeKinds.join(', ')}.` : `Did you mean ${meant}?`;
    return `${file}: there is no notice "${kind}". ${hint}`;
  }
  const [locale] = canonicalLocales(written);
  if (locale === undefined) return `${file}: "${written}" is no locale (BCP 47), like de or pt-BR.`;
  const part = ending === 'subject.txt' || ending === 'txt' ? PART[ending] : PART.html;
  return { file, kind, locale, part };
}

function faultsIn(mustache: Mustache, template: Template): readonly string[] {
  const { file, text } = template;
  if (text.length > MAX_TEMPLATE_LENGTH) return [`${file}: is longer than 64 kB.`];
  return placeholderFaults(mustache, template).map((fault) => `${file}: ${fault}`);
}

function templatesOf(
  templates: readonly Template[],
  mustache: Mustache | undefined,
): MailTemplates {
  const byPlace = new Map(
    templates.map((one) => [`${one.kind}.${one.locale}.${one.part}`, one.text]),
  );
  /** Of each part for itself: where a nearer one is not written, the next takes the built-in one's place. */
  const templateFor = (kind: NoticeKind, part: PartName, locale: string | null) => {
    const own = templates.filter((one) => one.kind === kind && one.part === part);
    const language = languageFor(locale, [...languages, ...own.map((one) => one.locale)]);
    return byPlace.get(`${kind}.${language}.${part}`);
  };
  return {
    apply(message, keys, builtIn) {
      if (mustache === undefined) return builtIn;
      const view = viewOf(message, keys);
      const { kind } = message.notice;
      const fill = (part: PartName) => {
        const template = templateFor(kind, part, message.locale);
        if (template === undefined) return builtIn[part];
        const encode = part === 'html' ? encodeHtml : (text: string) => text;
        return mustache.render(template, view, undefined, {
          escape: (text: unknown) => encode(String(text)),
        });
      };
      return { subject: oneLine(fill('subject')), text: fill('text'), html: fill('html') };
    },
  };
}

/** A file ends with a line break, and a subject must not have one. */
function oneLine(subject: string): string {
  return subject.trim().replaceAll(/[\r\n]+ */g, ' ');
}

/** What a template can show: exactly the placeholders of the closed list. */
function viewOf(message: Message, keys: readonly MailKey[]): object {
  const { notice, headline, paragraphs, footer, command = '', more = '' } = message;
  const owner = notice.kind === 'digest' ? null : notice.owner;
  return {
    headline,
    paragraphs,
    footer,
    command,
    more,
    keyspace: shownName(notice.keyspace.name),
    owner: owner === null ? '' : shownName(owner.name ?? owner.id),
    keys: keys.map(({ id, name, hint, detail, link }) => ({ id, name, hint, detail, link })),
  };
}
