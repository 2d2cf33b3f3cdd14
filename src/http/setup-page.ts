import { html, page } from './html.js';

/**
 * The page of the set-up link. Its token stands in the fragment, which no server, log or
 * `Referer` ever sees; nothing happens until a person presses the button, so that a scanner that
 * opens the link does not use it up.
 */
export const SETUP_PAGE = page(
  'Set up Keyturn',
  html`<h1>Set up Keyturn</h1>
<p>This makes your account: the first admin's, who lets others in.</p>
<div id="account">
<p><label for="name">Your name</label><br><input id="name" autocomplete="name" maxlength="200"></p>
<p><label for="email">Your mail address</label><br><input id="email" type="email" autocomplete="username" maxlength="255"></p>
<p><label for="password">A password, of at least 12 characters</label><br><input id="password" type="password" autocomplete="new-password" maxlength="256"></p>
<p><label><input id="root" type="checkbox"> Make a root key, too: a management key for the command line and for programs, which may do everything. It is shown once, here. With the fields above left empty, it is made alone.</label></p>
</div>
<p><button id="create" type="button" disabled>Set up</button></p>
<p id="message" role="alert"></p>
<output id="key" hidden></output>
<p><button id="copy" type="button" hidden>Copy</button></p>
<p id="next" hidden>Keep it in your secret manager. Then make the first key of your API:
<code>npx keyturn key create --name "First key"</code></p>
<p><button id="on" type="button" hidden>Go on to the admin pages</button></p>
<noscript><p>This page needs its script, which comes from this server alone. Without it:
<code>npx keyturn person invite</code></p></noscript>`,
  { style: 'docs/style.css', script: 'setup.js' },
);

/** The page's script: reads the token, takes it out of the address bar, and sends it by POST. */
export const SETUP_SCRIPT = `'use strict';
const byId = (id) => document.getElementById(id);
const token = location.hash.slice(1);
history.replaceState(null, '', location.pathname);
const button = byId('create');
const say = (text) => { byId('message').textContent = text; };
const FIELDS = ['name', 'email', 'password'];

function told() {
  const account = Object.fromEntries(FIELDS.map((id) => [id, byId(id).value]));
  const hasAccount = FIELDS.some((id) => account[id] !== '');
  const key = byId('root').checked;
  if (!hasAccount && !key) return undefined;
  return hasAccount ? { token, account, key } : { token };
}

function show(said) {
  byId('account').hidden = true;
  button.hidden = true;
  for (const id of FIELDS) byId(id).value = '';
  byId('on').hidden = said.session === undefined;
  if (said.plaintext === undefined) {
    goOn();
    return;
  }
  byId('key').textContent = said.plaintext;
  byId('key').hidden = false;
  byId('next').hidden = false;
  byId('copy').hidden = navigator.clipboard === undefined; // As on a page without TLS.
}

function refusalIn(said) {
  const faults = (said.errors || []).map((one) => one.pointer + ' ' + one.message + ' ' + one.fix);
  return [said.detail].concat(faults).join(' ');
}

async function create() {
  const body = told();
  if (body === undefined) {
    say('Fill in the fields, or tick the root key.');
    return;
  }
  button.disabled = true;
  say('');
  try {
    const answer = await fetch('setup', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      credentials: 'same-origin',
      cache: 'no-store',
    });
    const said = await answer.json();
    if (answer.status === 201) {
      show(said);
      return;
    }
    say(refusalIn(said));
    button.disabled = answer.status === 403;
  } catch {
    say('The server did not answer. Try again.');
    button.disabled = false;
  }
}

const goOn = () => location.assign('admin');

async function copy() {
  await navigator.clipboard.writeText(byId('key').textContent);
  say('Copied.');
}

if (token === '') say('This link has no token. Open the whole link that the server printed.');
else button.disabled = false;
button.addEventListener('click', create);
byId('copy').addEventListener('click', copy);
byId('on').addEventListener('click', goOn);
`;
