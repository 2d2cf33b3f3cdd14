import { html, page } from './html.js';

/**
 * The page of the set-up link. Its token stands in the fragment, which no server, log or
 * `Referer` ever sees; nothing happens until a person presses the button, so that a scanner that
 * opens the link does not use it up.
 */
export const SETUP_PAGE = page(
  'Set up Keyturn',
  html`<h1>Set up Keyturn</h1>
<p>This makes the first root key: a management key that may do everything. It is shown once, here.</p>
<p><button id="create" type="button" disabled>Create the root key</button></p>
<p id="message" role="alert"></p>
<output id="key" hidden></output>
<p><button id="copy" type="button" hidden>Copy</button></p>
<p id="next" hidden>Keep it in your secret manager. Then make the first key of your API:
<code>npx keyturn key create --name "First key"</code></p>
<noscript><p>This page needs its script, which comes from this server alone. Without it:
<code>npx keyturn key create --keyspace keyturn --name root --scope '*'</code></p></noscript>`,
  { style: 'docs/style.css', script: 'setup.js' },
);

/** The page's script: reads the token, takes it out of the address bar, and sends it by POST. */
export const SETUP_SCRIPT = `'use strict';
const byId = (id) => document.getElementById(id);
const token = location.hash.slice(1);
history.replaceState(null, '', location.pathname);
const button = byId('create');
const say = (text) => { byId('message').textContent = text; };

async function create() {
  button.disabled = true;
  say('');
  try {
    const answer = await fetch('setup', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token }),
      credentials: 'omit',
      cache: 'no-store',
    });
    const said = await answer.json();
    if (answer.status !== 201) {
      say(said.detail);
      button.disabled = answer.status !== 503;
      return;
    }
    byId('key').textContent = said.plaintext;
    byId('key').hidden = false;
    byId('next').hidden = false;
    byId('copy').hidden = navigator.clipboard === undefined; // As on a page without TLS.
    button.hidden = true;
  } catch {
    say('The server did not answer. Try again.');
    button.disabled = false;
  }
}

async function copy() {
  await navigator.clipboard.writeText(byId('key').textContent);
  say('Copied.');
}

if (token === '') say('This link has no token. Open the whole link that the server printed.');
else button.disabled = false;
button.addEventListener('click', create);
byId('copy').addEventListener('click', copy);
`;
