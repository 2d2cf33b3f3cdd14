import type { Body, Key } from '../../api/types.js';

/** A key as it stands in a form: all texts. */
export interface KeyForm {
  readonly name: string;
  readonly owner: string;
  readonly scopes: string;
  readonly tags: string;
  readonly expiresAt: string;
  readonly policy: string;
  readonly addresses: string;
  readonly origins: string;
  readonly methods: string;
  readonly paths: string;
  readonly metadata: string;
}

/**
 * The form of a new key.
 * @public
 */
export const EMPTY_FORM: KeyForm = {
  name: '',
  owner: '',
  scopes: '',
  tags: '',
  expiresAt: '',
  policy: '',
  addresses: '',
  origins: '',
  methods: '',
  paths: '',
  metadata: '',
};

/**
 * A key as it stands in a form.
 * @public
 */
export function formOf(key: Key): KeyForm {
  const { restrictions, metadata } = key;
  return {
    name: key.name,
    owner: key.owner ?? '',
    scopes: key.scopes.join(' '),
    tags: key.tags.join(' '),
    expiresAt: key.expiresAt ?? '',
    policy: key.policy ?? '',
    addresses: wordsOf(restrictions.addresses),
    origins: wordsOf(restrictions.origins),
    methods: wordsOf(restrictions.methods),
    paths: wordsOf(restrictions.paths),
    metadata: Object.keys(metadata).length === 0 ? '' : JSON.stringify(metadata, null, 2),
  };
}

type Fields = Body<'/v1/keys/{id}', 'patch'>;

/**
 * What a form asks for, beyond what stood in it before.
 * @public
 */
export function fieldsOf(form: KeyForm, before: KeyForm): Fields {
  const isNew = (name: keyof KeyForm) => form[name].trim() !== before[name].trim();
  const isRestricted = (['addresses', 'origins', 'methods', 'paths'] as const).some(isNew);
  return {
    ...(isNew('name') && { name: form.name.trim() }),
    ...(isNew('owner') && { owner: textOrNull(form.owner) }),
    ...(isNew('scopes') && { scopes: listOf(form.scopes) }),
    ...(isNew('tags') && { tags: listOf(form.tags) }),
    ...(isNew('expiresAt') && { expiresAt: textOrNull(form.expiresAt) }),
    ...(isNew('policy') && { policy: textOrNull(form.policy) }),
    ...(isRestricted && { restrictions: restrictionsOf(form) }),
    ...(isNew('metadata') && { metadata: metadataOf(form.metadata) ?? {} }),
  };
}

/**
 * Whether the metadata in a form can be read.
 * @public
 */
export function isReadable({ metadata }: KeyForm): boolean {
  return metadataOf(metadata) !== undefined;
}

function metadataOf(text: string): Record<string, unknown> | undefined {
  if (text.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function restrictionsOf(form: KeyForm): NonNullable<Fields['restrictions']> {
  const names = ['addresses', 'origins', 'methods', 'paths'] as const;
  return Object.fromEntries(
    names.flatMap((name) => {
      const list = listOf(form[name]);
      return list.length === 0 ? [] : [[name, list]];
    }),
  );
}

function listOf(text: string): string[] {
  return text.split(/[\s,]+/).filter((word) => word !== '');
}

function textOrNull(text: string): string | null {
  return text.trim() === '' ? null : text.trim();
}

function wordsOf(list: readonly string[] | undefined): string {
  return (list ?? []).join(' ');
}
