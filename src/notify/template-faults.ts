import { nearest } from '../nearest.js';
import type { MailParts } from './mail-body.js';
import type { NoticeKind } from './notice.js';

type Mustache = typeof import('mustache').default;

const NAMES = ['headline', 'footer', 'command', 'more', 'keyspace', 'owner'];
/** What may be repeated, and what stands in each round. */
const LISTS: Readonly<Record<string, readonly string[]>> = {
  paragraphs: ['.'],
  keys: ['id', 'name', 'hint', 'detail', 'link'],
};
/** Shown if there is something to show: `{{#more}}<p>{{more}}</p>{{/more}}`. */
const CONDITIONS = ['command', 'more', 'owner', 'link'];

interface Asked {
  readonly kind: NoticeKind;
  readonly part: keyof MailParts;
  readonly text: string;
}

/**
 * What is wrong with a template: one that cannot be read, an unknown placeholder, anything but
 * placeholders and the two lists, a claim whose link is not shown.
 */
export function placeholderFaults(mustache: Mustache, asked: Asked): readonly string[] {
  const tokens = tokensOf(mustache, asked.text);
  if (typeof tokens === 'string') return [tokens];
  const seen = new Set<string>();
  const faults = faultsIn(tokens, { names: NAMES, isInList: false, part: asked.part, seen });
  const isClaim = asked.kind === 'claim_link' && asked.part !== 'subject';
  if (isClaim && !seen.has('link')) {
    return [...faults, 'shows no {{link}}: nobody could open the new secret.'];
  }
  return faults;
}

/** `[type, value, start, end, children]`, as mustache has it. */
type Tokens = readonly (readonly unknown[])[];

function tokensOf(mustache: Mustache, text: string): Tokens | string {
  try {
    const parsed: unknown = mustache.parse(text);
    return isTokens(parsed) ? parsed : [];
  } catch {
    return 'a section is opened and not closed, or closed and not opened.';
  }
}

function isTokens(value: unknown): value is Tokens {
  return Array.isArray(value) && value.every((one) => Array.isArray(one));
}

interface Scope {
  readonly names: readonly string[];
  readonly isInList: boolean;
  readonly part: keyof MailParts;
  readonly seen: Set<string>;
}

function faultsIn(tokens: Tokens, scope: Scope): readonly string[] {
  return tokens.flatMap((token) => faultsOf(token, scope));
}

function faultsOf(token: readonly unknown[], scope: Scope): readonly string[] {
  const [type, value, , , children] = token;
  const name = String(value);
  if (type === 'text') return [];
  if (type === 'name') return faultsOfName(name, scope);
  if (type === '#' || type === '^') {
    return faultsOfSection(name, isTokens(children) ? children : [], scope);
  }
  const written = { '&': '{{{ or {{&', '>': '{{>', '=': '{{=' }[String(type)] ?? String(type);
  return [`"${written}" is not taken: write {{placeholder}}, which is encoded.`];
}

function faultsOfName(name: string, { names, seen }: Scope): readonly string[] {
  seen.add(name);
  return names.includes(name) ? [] : [unknownName(name, names)];
}

function faultsOfSection(name: string, children: Tokens, scope: Scope): readonly string[] {
  const inRound = Object.hasOwn(LISTS, name) ? LISTS[name] : undefined;
  if (inRound !== undefined && !scope.isInList && scope.part !== 'subject') {
    return faultsIn(children, { ...scope, names: [...NAMES, ...inRound], isInList: true });
  }
  if (CONDITIONS.includes(name) && scope.names.includes(name)) return faultsIn(children, scope);
  return [`{{#${name}}} is no list and no condition here. ${known(CONDITIONS, name)}`];
}

function unknownName(name: string, names: readonly string[]): string {
  return `there is no placeholder {{${name}}} here. ${known(names, name)}`;
}

function known(names: readonly string[], name: string): string {
  const meant = nearest(name, names);
  return meant === undefined ? `Known are: ${names.join(', ')}.` : `Did you mean {{${meant}}}?`;
}
