import type { KeyNoticeKind } from '../facts.js';
import type { DigestPart, ItemOf } from '../notice.js';
import type { Say } from '../say.js';

/**
 * Who reads it: whose keys they are, or who runs it all.
 * @public
 */
export type Role = 'owner' | 'operator';

/** The texts of one kind of notice. */
interface Wording<Kind extends KeyNoticeKind> {
  /** One line: the subject of a mail. */
  headline(items: readonly ItemOf<Kind>[], say: Say): string;
  paragraphs(items: readonly ItemOf<Kind>[], say: Say, role: Role): readonly string[];
  /** What is said beside each key. */
  detail(item: ItemOf<Kind>, say: Say): string;
}

/**
 * All texts in one language. One that lacks a kind does not compile.
 * @public
 */
export interface Language {
  readonly notices: { readonly [Kind in KeyNoticeKind]: Wording<Kind> };
  readonly digest: {
    headline(noticeCount: number, say: Say): string;
    part(
      kindName: string,
      part: Pick<DigestPart, 'noticeCount' | 'keyCount'> & { readonly say: Say },
    ): string;
  };
  /** What a kind is called in a digest, and in a list. */
  readonly kindNames: { readonly [Kind in KeyNoticeKind]: string };
  emergency(headline: string): string;
  more(keyCount: number, say: Say): string;
  footer(keyspaceName: string, role: Role): string;
  readonly words: {
    readonly key: string;
    /** Before the address of a claim. */
    readonly link: string;
    readonly next: string;
  };
}
