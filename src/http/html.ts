/** Text that is HTML already, and needs no encoding. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Piece = string | number | Html | readonly Html[];

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** HTML with every value encoded where it is put in, so that no text becomes markup. */
export function html(strings: TemplateStringsArray, ...pieces: readonly Piece[]): Html {
  let text = strings[0] ?? '';
  for (const [index, piece] of pieces.entries()) text += textOf(piece) + (strings[index + 1] ?? '');
  return new Html(text);
}

function textOf(piece: Piece): string {
  if (piece instanceof Html) return piece.text;
  if (typeof piece === 'object') return piece.map(({ text }) => text).join('');
  return String(piece).replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

/** The page's own policy: nothing from elsewhere, nothing inline, in nobody's frame. */
export const PAGE_HEADERS = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
} as const;

/** The media types of what a page is made of. */
export const MEDIA = {
  page: 'text/html; charset=utf-8',
  style: 'text/css; charset=utf-8',
  script: 'text/javascript; charset=utf-8',
} as const;

/** A whole page. Addresses in it are relative, so that it works wherever it is mounted. */
export function page(
  title: string,
  body: Html,
  links: { readonly style: string; readonly script?: string },
): string {
  const script =
    links.script === undefined ? html`` : html`<script src="${links.script}" defer></script>`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>${title}</title>
<link rel="stylesheet" href="${links.style}">
${script}
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`.text;
}

/** The one style sheet. */
export const STYLE = `:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
[hidden] { display: none !important; }
body { margin: 0; }
main { max-width: 60rem; margin: 0 auto; padding: 2rem 1rem; }
h1 { font-size: 1.6rem; }
h2 { font-size: 1.25rem; margin-top: 2.5rem; }
h3 { font-size: 1rem; margin-top: 2rem; }
code, pre, output { font-family: ui-monospace, monospace; font-size: 0.9em; }
output { display: block; padding: 1rem; border: 1px solid; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: 0.3rem 0.6rem 0.3rem 0; border-bottom: 1px solid #8884; }
button { font: inherit; padding: 0.5rem 1rem; }
#issuer { display: flex; flex-wrap: wrap; align-items: center; gap: 0.75rem; font-weight: 600; overflow-wrap: anywhere; }
#logo { max-width: min(12rem, 100%); max-height: 4rem; object-fit: contain; }
@media (prefers-color-scheme: dark) { #logo { background: #fff; padding: 0.25rem; } }
[role="alert"] { font-weight: 600; }
`;
